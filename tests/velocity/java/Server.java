import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Reads one request a line from stdin and writes one answer a line to stdout, both ASCII JSON. */
public final class Server {
    private Server() {}

    public static void main(String[] arguments) throws IOException {
        var requests =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        var answers =
                new BufferedWriter(
                        new OutputStreamWriter(
                                new FileOutputStream(FileDescriptor.out),
                                StandardCharsets.US_ASCII));
        // Whatever a library prints must not get between the answers.
        System.setOut(System.err);
        var renderer = new Renderer();
        for (String line; (line = requests.readLine()) != null; ) {
            answers.write(Json.ascii(answer(renderer, line)));
            answers.write('\n');
            answers.flush();
        }
    }

    private static Map<String, Object> answer(Renderer renderer, String line) {
        try {
            return renderer.render(Json.object(Json.parse(line)));
        } catch (Exception | StackOverflowError error) {
            return Map.of("error", String.valueOf(error));
        }
    }
}
