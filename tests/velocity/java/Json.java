import com.jayway.jsonpath.Configuration;
import com.jayway.jsonpath.JsonPath;
import com.jayway.jsonpath.spi.json.JsonSmartJsonProvider;
import java.util.Map;
import net.minidev.json.JSONStyle;
import net.minidev.json.JSONValue;
import net.minidev.json.parser.JSONParser;

/**
 * JSON as API Gateway's templates see it: an object is a Java map, which prints as {@code {a=1}},
 * and an array a json-smart list, which prints as JSON.
 */
final class Json {
    private static final Configuration STRICT =
            Configuration.builder()
                    .jsonProvider(
                            new JsonSmartJsonProvider(
                                    JSONParser.MODE_RFC4627,
                                    JSONValue.defaultReader.DEFAULT_ORDERED))
                    .build();

    private Json() {}

    static Object parse(String text) {
        return STRICT.jsonProvider().parse(text);
    }

    static Object read(Object value, String path) {
        return JsonPath.compile(path).read(value, STRICT);
    }

    static String text(Object value) {
        return JSONValue.toJSONString(value, JSONStyle.LT_COMPRESS);
    }

    /** JSON text in ASCII: outside strings JSON has no other characters, and in them all escape. */
    static String ascii(Object value) {
        var text = new StringBuilder();
        for (char unit : text(value).toCharArray()) {
            if (unit < 0x80) {
                text.append(unit);
            } else {
                text.append("\\u").append(Integer.toHexString(0x10000 | unit), 1, 5);
            }
        }
        return text.toString();
    }

    @SuppressWarnings("unchecked")
    static Map<String, Object> object(Object value) {
        return (Map<String, Object>) value;
    }
}
