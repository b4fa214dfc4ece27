export { EventDetail } from './EventDetail';
export { EventList as Events } from './EventList';
export { Secret } from './Secret';
