import org.apache.velocity.context.InternalContextAdapter;
import org.apache.velocity.runtime.parser.node.ASTEQNode;
import org.apache.velocity.runtime.parser.node.ASTNENode;
import org.apache.velocity.runtime.parser.node.Node;
import org.apache.velocity.runtime.parser.node.SimpleNode;

/** Lets a missing value equal null in {@code ==} and {@code !=}; Velocity has no hook for it. */
final class Comparisons {
    private Comparisons() {}

    static void admitNothing(Node node) {
        for (int i = 0; i < node.jjtGetNumChildren(); i++) {
            var child = node.jjtGetChild(i);
            admitNothing(child);
            if (node instanceof ASTEQNode || node instanceof ASTNENode) {
                node.jjtAddChild(new Operand(node, child), i);
            }
        }
    }

    /** One side of a comparison, with {@link Nothing#NULL} in place of null. */
    private static final class Operand extends SimpleNode {
        Operand(Node comparison, Node side) {
            super(side.getType());
            jjtSetParent(comparison);
            jjtAddChild(side, 0);
            side.jjtSetParent(this);
        }

        @Override
        public Object value(InternalContextAdapter context) {
            var value = jjtGetChild(0).value(context);
            return value == null ? Nothing.NULL : value;
        }

        @Override
        public String literal() {
            return jjtGetChild(0).literal();
        }
    }
}
