import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.util.Base64;
import org.apache.commons.lang.StringEscapeUtils;

/** {@code $util}. Arguments are objects, since Velocity finds no method for a number otherwise. */
public final class Util {
    Util() {}

    /** Escapes as commons-lang 2 does: {@code \'}, {@code \/} and all that is not ASCII. */
    public String escapeJavaScript(Object value) {
        return value == null ? null : StringEscapeUtils.escapeJavaScript(value.toString());
    }

    public Object parseJson(Object text) {
        return Json.parse(text.toString());
    }

    public String urlEncode(Object text) {
        return URLEncoder.encode(text.toString(), UTF_8);
    }

    public String urlDecode(Object text) {
        return URLDecoder.decode(text.toString(), UTF_8);
    }

    public String base64Encode(Object text) {
        return Base64.getEncoder().encodeToString(text.toString().getBytes(UTF_8));
    }

    public String base64Decode(Object text) {
        return new String(Base64.getDecoder().decode(text.toString()), UTF_8);
    }
}
