import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * {@code $context.responseOverride} or {@code $context.requestOverride}.
 *
 * <p>"If you try to override the same parameter multiple times, API Gateway returns a 5XX
 * response", says AWS's developer guide, "Override your API's request and response parameters and
 * status codes for REST APIs". Here it is an error.
 */
final class Overrides extends LinkedHashMap<String, Object> {
    private final String name;

    Overrides(String name) {
        this.name = name;
        if (!name.contains(".")) {
            for (var kind : new String[] {"header", "path", "querystring"}) {
                put(kind, new Overrides(name + "." + kind));
            }
        }
    }

    @Override
    public Object put(String key, Object value) {
        if (containsKey(key)) {
            throw new IllegalStateException("$context." + name + "." + key + " is set twice");
        }
        return super.put(key, value);
    }

    /** The status, if it is a whole number: API Gateway ignores any other. */
    Integer status() {
        return get("status") instanceof Integer status ? status : null;
    }

    String ignoredStatus() {
        return status() == null && get("status") != null ? get("status").toString() : null;
    }

    Map<String, String> headers() {
        return Json.object(get("header")).entrySet().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, entry -> entry.getValue().toString()));
    }
}
