"""The same durable flow written with other people's tools, each the way its authors recommend."""
