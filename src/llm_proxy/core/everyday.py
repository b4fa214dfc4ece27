"""Everyday language: what people write about when they write to a model. A sign that is found here is no sign."""

from functools import lru_cache

from llm_proxy.core.patterns import compile_large

# Only speed depends on it: a pattern whose short sign is found here has a longer one looked for.
EVERYDAY = b"""
My name is on the passport, the identity card and the driving licence; the license number, the social security number
and the tax number are on the form. Please write down the date of birth, the phone number, the mobile number, the fax,
the street, the avenue, the road, the lane, the city, the state, the postal code, the zip code and the country. 12 Main
Street, 48 Park Road. The bank account, the savings account, the routing number, the sort code, the credit card, the
debit card, the visa, the security code, the expiry date, the PIN, the verification code, the one-time code 123456.
The patient, the insurance, the doctor, the medical record, the policy number, the member, the student, the employee.
The vehicle, its engine, the vin, the chassis, the plate, the seat, the title, the registration certificate.

The user and the login, the username and the password: pass, passphrase, passcode, secret, token, key, keys, private,
public, access, auth, authorization, authentication, basic, bearer, credential, credentials, signature, session, cookie,
certificate, encryption, cipher, hash, salt, nonce, api, url, uri, path, host, server, client, database, connection,
storage, bucket, blob, container, default, value, values, variable, environment, config, configuration, setting, option,
parameter, argument, header, field, column, table, row, query, index, type, string, number, integer, float, boolean,
object, array, list, map, set, function, method, class, module, package, import, export, return, compare, equals, send,
receive, request, response, message, prompt, model, system, assistant, content, role, temperature, stream, pattern,
patterns, patient, path, batch, match, version, action, application, question, section, function, description, station.

aws, amazon, azure, google, cloud, github, gitlab, bitbucket, slack, discord, telegram, twitter, facebook, instagram,
linkedin, youtube, spotify, netflix, paypal, stripe, square, shopify, mailchimp, mailgun, sendgrid, twilio, zoom,
dropbox, docker, kubernetes, jenkins, terraform, ansible, vault, consul, redis, postgres, mysql, mongo, elastic, kafka,
grafana, datadog, sentry, sonar, heroku, vercel, netlify, cloudflare, fastly, firebase, flutter, react, angular, vue,
django, flask, rails, laravel, spring, node, npm, pypi, maven, gradle, openai, anthropic, claude, gemini, mistral,
hugging face, jira, confluence, notion, trello, asana, linear, airtable, figma, miro, hubspot, salesforce, zendesk,
intercom, freshdesk, okta, auth0, plaid, coinbase, binance, kraken, bitcoin, ethereum, wallet, seed, mnemonic.

It is 10:30 on 2024-05-17, the 3rd of June 2023, 01/02/2020; version 3.11.4, 192.168.0.1, 1,234,567.89, 50 %, $20, 1st,
2nd, 100 km, 5 kg, chapter 12, pp. 20-25, A4, B2B, COVID-19, H2O, MP3, UTF-8, SHA-256, ISO 9001, RFC 2616, Q3 2024.
def main(): print("hello", name=value) # a comment; const items = [1, 2, 3]; SELECT id FROM users WHERE name = 'x';
https://example.com/path?page=2 mailto:someone@example.com <div class="item">text</div> key: value, key=value, a -> b

The password must have at least eight characters. Each request sends the token along, and the secret stays on a server;
set the api key in the settings, then pass the access token to the client and use the private key to sign in. Add user
login with password reset. The secret service, the secret garden, a token counts, password manager,
basic Income. {"id": 1, "name": "value", "d": "x", "items": [], "token": "string", "key": null}

a secret garden
the password changes
one token after another

The, AND, NOT, WHAT, THIS, THAT, WITH, FROM, YOUR, UK, US, USA, EU, UN, NASA, IBM, CEO, FAQ, PDF, HTML, CSS, JSON, XML,
SQL, CSV, API, SDK, CPU, GPU, AI, ML, NLP, LLM. Die, der, das, und, nicht, ist; le, la, les, des, une, est, pas; el,
los, una, por, que, con; il, di, che, non, per; de, van, het, een; o, os, um, uma, com, para.
"""


@lru_cache(maxsize=4096)
def is_everyday(sign: str) -> bool:
    """Say whether a sign is found in everyday language."""
    return compile_large(sign).search(EVERYDAY) is not None
