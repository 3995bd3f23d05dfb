import com.jayway.jsonpath.PathNotFoundException;
import java.util.List;
import java.util.Map;

/** {@code $input}: the body and the parameters of a request, or the body of a response. */
public final class Input {
    private final String body;
    private final Map<String, Object> params;
    private final Object missing;

    Input(Map<String, Object> request) {
        body = (String) request.get("body");
        params = Json.object(request.get("params"));
        missing = "null".equals(request.get("missing")) ? null : Nothing.MISSING;
    }

    /** The raw body; API Gateway puts {@code {}} in place of an empty one. */
    public String getBody() {
        return body.isEmpty() ? "{}" : body;
    }

    /** What lies at a JSONPath, as JSON; API Gateway writes {@code ""} where nothing does. */
    public String json(String path) {
        try {
            return Json.text(read(path));
        } catch (PathNotFoundException nothing) {
            return "\"\"";
        }
    }

    /** What lies at a JSONPath, as a Java object; null in JSON is taken for a missing value. */
    public Object path(String path) {
        try {
            var value = read(path);
            return value == null ? missing : value;
        } catch (PathNotFoundException nothing) {
            return missing;
        }
    }

    /** All parameters: a map each for path, querystring and header. */
    public Map<String, Object> params() {
        return params;
    }

    /** One parameter: the path's, else the query string's, else the header's. */
    public Object params(String name) {
        for (var kind : List.of("path", "querystring", "header")) {
            var value = Json.object(params.get(kind)).get(name);
            if (value != null) {
                return value;
            }
        }
        return missing;
    }

    private Object read(String path) {
        if (body.isEmpty()) {
            throw new PathNotFoundException("the body is empty");
        }
        var value = Json.parse(body);
        if (value == null && !path.equals("$")) {
            throw new PathNotFoundException("the body is null");
        }
        return value == null ? null : Json.read(value, path);
    }
}
