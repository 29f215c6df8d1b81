"""What all pages share: base templates, components, sign-in, islands, the registry of panels."""
