import static java.nio.charset.StandardCharsets.US_ASCII;

import com.jayway.jsonpath.JsonPath;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Reads JSONPaths from stdin, an array a line, and writes why each one is refused, or null. */
public final class Paths {
    private Paths() {}

    public static void main(String[] arguments) throws IOException {
        var requests = new BufferedReader(new InputStreamReader(System.in, US_ASCII));
        for (String line; (line = requests.readLine()) != null; ) {
            var refusals = new ArrayList<String>();
            for (var path : (List<?>) Json.object(Json.parse(line)).get("paths")) {
                refusals.add(refusal((String) path));
            }
            System.out.println(Json.ascii(Map.of("refusals", refusals)));
            System.out.flush();
        }
    }

    private static String refusal(String path) {
        try {
            JsonPath.compile(path);
            return null;
        } catch (Exception | StackOverflowError error) {
            return String.valueOf(error);
        }
    }
}
