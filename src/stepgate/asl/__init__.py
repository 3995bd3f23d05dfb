"""The Amazon States Language: what a definition is made of. https://states-language.net/spec.html"""
