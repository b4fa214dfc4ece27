"""What each upstream wants to hear. Pure."""
