import java.io.StringReader;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.velocity.Template;
import org.apache.velocity.VelocityContext;
import org.apache.velocity.runtime.RuntimeConstants;
import org.apache.velocity.runtime.RuntimeInstance;
import org.apache.velocity.runtime.log.NullLogChute;
import org.apache.velocity.runtime.parser.ParseException;
import org.apache.velocity.runtime.resource.loader.StringResourceLoader;

/** Renders mapping templates on Velocity 1.7 with the variables that API Gateway gives them. */
final class Renderer {
    private static final int PARSED_TEMPLATES = 1000;

    private final RuntimeInstance velocity = new RuntimeInstance();
    private final Map<String, Template> parsed =
            new LinkedHashMap<>(16, 0.75f, true) {
                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Template> eldest) {
                    return size() > PARSED_TEMPLATES;
                }
            };
    private int templates;

    Renderer() {
        // "#foreach" stops at 1,000 rounds: API Gateway's quotas for REST APIs.
        velocity.setProperty(RuntimeConstants.MAX_NUMBER_LOOPS, 1000);
        velocity.setProperty(RuntimeConstants.RUNTIME_LOG_LOGSYSTEM, new NullLogChute());
        // "#include" and "#parse" find nothing, least of all the files of this machine.
        velocity.setProperty(RuntimeConstants.RESOURCE_LOADER, "string");
        velocity.setProperty("string.resource.loader.class", StringResourceLoader.class.getName());
        // Templates share this engine, and must not see each other's macros.
        velocity.setProperty(RuntimeConstants.VM_LIBRARY, "");
        velocity.setProperty(RuntimeConstants.VM_PERM_INLINE_LOCAL, true);
        velocity.init();
    }

    Map<String, Object> render(Map<String, Object> request) throws ParseException {
        var template = template((String) request.get("template"));
        var overrides = new Overrides("responseOverride");
        var context = Json.object(request.get("context"));
        context.put("responseOverride", overrides);
        context.put("requestOverride", new Overrides("requestOverride"));

        var variables = new VelocityContext();
        variables.put("input", new Input(request));
        variables.put("util", new Util());
        variables.put("context", context);
        variables.put("stageVariables", request.get("stageVariables"));
        var text = new StringWriter();
        template.merge(variables, text);

        var answer = new LinkedHashMap<String, Object>();
        answer.put("text", text.toString());
        answer.put("status", overrides.status());
        answer.put("ignoredStatus", overrides.ignoredStatus());
        answer.put("headers", overrides.headers());
        return answer;
    }

    private Template template(String source) throws ParseException {
        var known = parsed.get(source);
        if (known != null) {
            return known;
        }
        var template = new Template();
        template.setName("template-" + ++templates);
        template.setRuntimeServices(velocity);
        var tree = velocity.parse(new StringReader(source), template.getName());
        Comparisons.admitNothing(tree);
        template.setData(tree);
        template.initDocument();
        parsed.put(source, template);
        return template;
    }
}
