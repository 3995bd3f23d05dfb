"""The HTTP side: the OpenAPI document, mapping templates, gateway responses, authorization."""
