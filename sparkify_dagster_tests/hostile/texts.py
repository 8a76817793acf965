"""Texts that try to be more than text where they are shown."""

ESCAPES = (
    "\x1b[2J\x1b[H",  # clears the screen
    "\x1b]0;title\x07",  # sets the window's title
    "\x1b]8;;http://127.0.0.1/\x07click\x1b]8;;\x07",  # a link
    "\x1b]52;c;cm0gLXJm\x07",  # writes the clipboard
    "\x1bP+q544e\x1b\\",  # asks the terminal, which types the answer
    "\x9b31m",  # the same in one character
    "\x9d0;title\x9c",
    "a\rb",  # overwrites the line
    "\r=1+1",
    "a\x08\x08\x08b",
    "a\x0bb\x0cc",
    "\x7f",
    "\u202egpj.exe",  # reads backwards
    "\u2066a\u2069",
    "a\u2028b",
    "\ufeffa",
    "\U000e0041",  # an invisible letter
)
MARKUP = (
    "[bold red]a[/bold red]",
    "[/]",
    "[/bold]",
    "[link=http://127.0.0.1/]a[/link]",
    "[blink]",
    "[@click=app.quit]a[/]",
    ":warning:",
    "\\[a]",
    "{task.description}",
    "%s %(a)s",
)
FORMULAS = (
    '=HYPERLINK("http://127.0.0.1/","a")',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    " =1+1",
    "\t=1+1",
    "\n=1+1",
    "=cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "\uff1d1+1",
    "\u00a0=1+1",
)
NO_FORMULAS = ("a=b", "-1", "+4.5", "-1e5", "1-1", "it's", "", "O'Brien", "<b>", "Beyonc\u00e9")
MARKDOWN = (
    "![a](/graphql?query=mutation{launchRun})",
    "![a](http://127.0.0.1/a.png)",
    "[a](javascript:window.hacked=1)",
    "<img src=http://127.0.0.1/a.png>",
    "a|b|c",
    "a\r\n\r\n![a](http://127.0.0.1/b.png)",
    "a\r# b",
    "```",
    "`a`",
    "# a",
    "[a]: http://127.0.0.1/",
    "http://127.0.0.1/c",
    "$$a$$",
)
HTML = (
    "<script>window.hacked=1</script>",
    "</script><script>window.hacked=1</script>",
    "<img src=x onerror=window.hacked=1>",
    "<svg onload=window.hacked=1>",
    "<iframe srcdoc='<script>parent.hacked=1</script>'>",
    '"><img src=x onerror=window.hacked=1>',
    "' onmouseover='window.hacked=1",
    "<a href=javascript:window.hacked=1>a</a>",
    "<style>@import 'http://127.0.0.1/d.css'</style>",
    "<meta http-equiv=refresh content='0;url=http://127.0.0.1/'>",
    "<!--<script>",
    "]]></text><script>window.hacked=1</script>",
    "&lt;script&gt;",
    "{{figures}}{{scripts}}",
    "${window.hacked=1}",
    "__proto__",
    "constructor",
)
ALL = (*ESCAPES, *MARKUP, *FORMULAS, *MARKDOWN, *HTML)
