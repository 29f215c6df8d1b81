"""Who the customer is: identities, traits, consents."""
