"""The engine does what AWS does, as far as AWS's documentation and recordings tell it."""

import json
from pathlib import Path

import pytest

from tests.velocity.renderers import EngineError, Missing, TemplateError, Velocity, missing_tools

QUOTE = '{"name": "it\'s \\"quoted\\" \\\\ é \\u2028 </p>"}'


@pytest.fixture
def build(velocity: Velocity) -> Path:
    """The folder that the engine is built in."""
    return velocity.build


def is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


# $util.escapeJavaScript


def test_an_escaped_apostrophe_is_not_json(velocity: Velocity) -> None:
    template = """{"input": "$util.escapeJavaScript($input.body)"}"""
    assert not is_json(velocity.render(template, body=QUOTE).text)
    assert is_json(velocity.render(template, body=QUOTE.replace("'", "")).text)


def test_two_backslashes_take_the_escape_of_the_apostrophe_back(velocity: Velocity) -> None:
    template = r"""{"input": "$util.escapeJavaScript($input.body).replaceAll("\\'", "'")"}"""
    assert json.loads(velocity.render(template, body=QUOTE).text) == {"input": QUOTE}


def test_one_backslash_takes_nothing_back(velocity: Velocity) -> None:
    once = r"""$util.escapeJavaScript($input.body).replaceAll("\'", "'")"""
    never = "$util.escapeJavaScript($input.body)"
    assert velocity.render(once, body=QUOTE) == velocity.render(never, body=QUOTE)
    assert not is_json(velocity.render(f'{{"input": "{once}"}}', body=QUOTE).text)


def test_escaping_writes_slashes_and_characters_outside_ascii_as_escapes(
    velocity: Velocity,
) -> None:
    rendering = velocity.render("$util.escapeJavaScript($input.body)", body="'/é\u2028")
    assert rendering.text == r"\'\/\u00E9\u2028"


def test_json_within_json_is_escaped_once_for_each_level(velocity: Velocity) -> None:
    fix = r""".replaceAll("\\'", "'")"""
    inner = f"""{{"name": "$util.escapeJavaScript($input.path('$.name')){fix}"}}"""
    template = f"""#define($block){inner}#end#set($inner = "$block"){{"outer": "%s"}}"""
    once = template % f"$util.escapeJavaScript($inner){fix}"
    outer = json.loads(velocity.render(once, body=QUOTE).text)["outer"]
    assert json.loads(outer) == json.loads(QUOTE)
    assert not is_json(velocity.render(template % "$inner", body=QUOTE).text)


# Printing and setting


def test_a_printed_object_is_java_map_text_and_not_json(velocity: Velocity) -> None:
    body = '{"executionArn": "arn", "startDate": 1.5, "list": [{"a": 1}]}'
    text = velocity.render("$input.path('$')", body=body).text
    assert text == '{executionArn=arn, startDate=1.5, list=[{"a":1}]}'
    assert not is_json(text)
    assert json.loads(velocity.render("$input.json('$')", body=body).text) == json.loads(body)


def test_setting_input_hides_the_input_of_the_api(velocity: Velocity) -> None:
    template = """#set($input = $input.path('$.name'))$input.json('$')"""
    text = velocity.render(template, body=QUOTE).text
    assert text == "$input.json('$')"
    assert not is_json(text)


def test_a_reference_to_nothing_prints_its_own_source(velocity: Velocity) -> None:
    template = "$none $context.none $input.none $!none"
    assert velocity.render(template).text == "$none $context.none $input.none "


def test_setting_null_leaves_the_old_value(velocity: Velocity) -> None:
    template = "#set($x = 'old')#set($x = $none)$x"
    assert velocity.render(template).text == "old"


def test_arithmetic_works_in_set_and_does_not_parse_in_an_argument(velocity: Velocity) -> None:
    template = "#set($x = 'four')#set($n = $x.length() - 1)$n $x.substring($n)"
    assert velocity.render(template).text == "3 r"
    with pytest.raises(TemplateError):
        velocity.render("#set($x = 'four')$x.substring(2 + 1)")


def test_a_part_of_an_arn_is_found_by_split(velocity: Velocity) -> None:
    template = """#set($arn = $input.path('$.arn'))$arn.split(":").get(7)"""
    body = '{"arn": "arn:aws:states:eu-west-1:111111111111:execution:machine:name"}'
    assert velocity.render(template, body=body).text == "name"


def test_foreach_stops_at_a_thousand_rounds(velocity: Velocity) -> None:
    assert velocity.render("#foreach($i in [1..2000])x#end").text == "x" * 1000


def test_a_macro_ends_with_its_template(velocity: Velocity) -> None:
    assert velocity.render("#macro(greet)hi#end#greet()").text == "hi"
    assert velocity.render("#greet()").text == "#greet()"


def test_no_template_reads_a_file(velocity: Velocity) -> None:
    with pytest.raises(TemplateError):
        velocity.render("#include('engine.py')")


# Missing values


def test_a_missing_value_prints_nothing_and_equals_null_and_empty(velocity: Velocity) -> None:
    template = (
        "#set($r = $input.path('$.x'))[$r]"
        "#if($r == $null) null#end#if($r != $null) wrong#end"
        "#if($r == '') empty#end#if($r != '') wrong#end"
    )
    assert velocity.render(template, body="{}").text == "[] null empty"
    assert velocity.render(template, body='{"x": null}').text == "[] null empty"
    assert velocity.render(template, body='{"x": "y"}').text == "[y] wrong wrong"


def test_a_missing_value_is_null_in_the_other_reading(velocity: Velocity) -> None:
    template = "#set($r = $input.path('$.x'))$r#if($r == $null) null#end#if($r == '') empty#end"
    assert velocity.render(template, body="{}", missing="null").text == "$r null"


def test_null_does_not_equal_the_empty_string(velocity: Velocity) -> None:
    assert velocity.render("#if($null == '')wrong#end#if($null == $none)null#end").text == "null"


@pytest.mark.parametrize("missing", ["nothing", "null"])
@pytest.mark.parametrize(
    ("body", "text"), [("{}", "no"), ('{"x": ""}', "no"), ('{"x": "a"}', "yes")]
)
def test_the_guard_is_right_in_both_readings(
    velocity: Velocity, missing: Missing, body: str, text: str
) -> None:
    template = """#set($r = $input.path('$.x'))#if($r && $r != "")yes#{else}no#end"""
    assert velocity.render(template, body=body, missing=missing).text == text


@pytest.mark.parametrize("body", ["{}", "", "null", "5", "[]"])
def test_json_of_a_missing_path_is_an_empty_string_with_its_quotes(
    velocity: Velocity, body: str
) -> None:
    assert velocity.render("$input.json('$.x.y')", body=body).text == '""'


# The body


def test_the_body_is_printed_as_it_was_sent(velocity: Velocity) -> None:
    body = ' {"big": 123456789012345678901234567890, "e": 1e400, "a": 1.10, "a": 2 }\n'
    assert velocity.render("$input.body", body=body).text == body


def test_an_empty_body_prints_an_empty_object(velocity: Velocity) -> None:
    assert velocity.render("$input.body").text == "{}"


def test_json_parses_and_prints_again(velocity: Velocity) -> None:
    body = '{"big": 123456789012345678901234567890, "long": 0.12345678901234567890123, "a": 1.10}'
    text = '{"big":123456789012345678901234567890,"long":0.12345678901234567890123,"a":1.1}'
    assert velocity.render("$input.json('$')", body=body).text == text


@pytest.mark.parametrize("body", ["null", "5", '"x"', "[1]", "true"])
def test_a_body_need_not_be_an_object(velocity: Velocity, body: str) -> None:
    assert velocity.render("$input.json('$')", body=body).text == body


def test_a_date_is_printed_with_an_exponent(velocity: Velocity) -> None:
    template = "$input.json('$.d') $input.path('$.d')"
    rendering = velocity.render(template, body='{"d": 1486772644.911}')
    assert rendering.text == "1.486772644911E9 1.486772644911E9"


@pytest.mark.parametrize("body", ["x", "{'a': 1}", '{"a": 1,}', '"a\nb"', "[1] 2"])
def test_a_body_that_is_not_json_cannot_be_read_by_path(velocity: Velocity, body: str) -> None:
    with pytest.raises(TemplateError, match="InvalidJsonException"):
        velocity.render("$input.path('$')", body=body)


@pytest.mark.parametrize("text", ["\u2028\u2029", "\ud800", "😀", "\0\x7f\n\r\t", "é"])
def test_any_text_survives_the_way_to_the_engine_and_back(velocity: Velocity, text: str) -> None:
    assert velocity.render("$input.body" + text, body=text).text == text + text


# Parameters, context, variables, functions


def test_a_parameter_is_looked_up_in_path_then_query_then_header(velocity: Velocity) -> None:
    path, query, header = {"x": "path"}, {"x": "query"}, {"x": "header"}
    template = "$input.params('x')"
    everywhere = velocity.render(template, path=path, querystring=query, header=header)
    assert everywhere.text == "path"
    assert velocity.render(template, querystring=query, header=header).text == "query"
    assert velocity.render(template, header=header).text == "header"
    assert velocity.render(template).text == ""
    assert velocity.render(template, missing="null").text == template


def test_headers_are_a_map_whose_keys_keep_their_capitals(velocity: Velocity) -> None:
    template = (
        "#set($headers = $input.params().header)#foreach($name in $headers.keySet())"
        "#if($name.toLowerCase() == 'idempotency-key')$headers.get($name)#end#end"
        "|$input.params('idempotency-key')|$input.params().get('path').keySet()"
    )
    header = {"Accept": "text/html", "IDEMPOTENCY-Key": "k"}
    assert velocity.render(template, header=header).text == "k||[]"


def test_context_and_stage_variables_are_read_by_name(velocity: Velocity) -> None:
    template = "$context.identity.sourceIp $context.requestId $stageVariables.arn"
    context = {"requestId": "id", "identity": {"sourceIp": "192.0.2.1"}}
    rendering = velocity.render(template, context=context, stage_variables={"arn": "a"})
    assert rendering.text == "192.0.2.1 id a"


def test_functions_encode_and_decode(velocity: Velocity) -> None:
    template = (
        "$util.urlEncode('a b/é') $util.urlDecode('a+b%2F%C3%A9') "
        "$util.base64Encode('é') $util.base64Decode('w6k=') "
        """$util.parseJson('{"a": [{"b": 1}]}').a[0].b"""
    )
    assert velocity.render(template).text == "a+b%2F%C3%A9 a b/é w6k= é 1"


# $context.responseOverride


def test_overrides_set_the_status_and_headers(velocity: Velocity) -> None:
    rendering = velocity.render(
        "#set($context.responseOverride.status = 404)"
        "#set($context.responseOverride.header.Content-Type = 'application/problem+json')"
        "#set($context.responseOverride.header['Retry-After'] = 5)"
    )
    assert rendering.status == 404
    assert rendering.headers == {"Content-Type": "application/problem+json", "Retry-After": "5"}


@pytest.mark.parametrize("status", ['"404"', "404.0", "true"])
def test_a_status_that_is_not_a_whole_number_is_ignored(velocity: Velocity, status: str) -> None:
    rendering = velocity.render(f"#set($context.responseOverride.status = {status})")
    assert (rendering.status, rendering.ignored_status) == (None, status.strip('"'))


@pytest.mark.parametrize("name", ["status", "header.Location"])
def test_an_override_is_set_once(velocity: Velocity, name: str) -> None:
    override = f"#set($context.responseOverride.{name} = 200)"
    with pytest.raises(TemplateError, match="set twice"):
        velocity.render(override + override)


def test_one_rendering_leaves_nothing_for_the_next(velocity: Velocity) -> None:
    velocity.render("#set($context.responseOverride.status = 404)#set($input = 1)#set($x = 1)")
    rendering = velocity.render("$x$input.body$context.responseOverride.status")
    assert rendering.text == "$x{}$context.responseOverride.status"
    assert rendering.status is None


# The process


def test_a_template_that_does_not_parse_is_an_error_and_the_engine_goes_on(
    velocity: Velocity,
) -> None:
    with pytest.raises(TemplateError, match="line 1, column 4"):
        velocity.render("#if(")
    with pytest.raises(TemplateError, match="StackOverflowError"):
        velocity.render("#set($x = " + "(" * 20_000 + "1" + ")" * 20_000 + ")")
    assert velocity.render("on").text == "on"


def test_a_hung_process_is_ended(build: Path) -> None:
    rounds = "#foreach($i in [1..1000])" * 4 + "#end" * 4
    with Velocity(build, timeout=1) as engine:
        with pytest.raises(EngineError, match="no answer in 1 s"):
            engine.render(rounds)
        with pytest.raises(EngineError, match="has ended"):
            engine.render("x")


def test_a_dead_process_tells_its_last_words(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho no heap >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    with Velocity(build) as engine, pytest.raises(EngineError, match="has ended: no heap"):
        engine.render("x")


def test_the_engine_writes_no_file_where_it_runs(
    build: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Velocity(build) as engine:
        engine.render("$none #none() $input.path('$.x')", body="{}")
    assert not list(tmp_path.iterdir())


def test_missing_tools_are_named_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing_tools() == ["java", "mvn"]
    with pytest.raises(EngineError, match=r"^not on PATH: java, mvn; install .*$"):
        Velocity(tmp_path)
