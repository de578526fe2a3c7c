"""Reading a project folder: domain, NLU data, stories, rules, config, endpoints; all know file and line."""
