/**
 * What {@code $input.path} gives for a missing value on API Gateway: it prints nothing, and equals
 * both {@code ""} and null, as recorded there by LocalStack's tests.
 */
public class Nothing {
    static final Nothing MISSING = new Nothing();

    /** Stands for null on one side of a comparison; unlike a missing value it is not {@code ""}. */
    static final Nothing NULL =
            new Nothing() {
                @Override
                public String toString() {
                    return null;
                }
            };

    private Nothing() {}

    @Override
    public boolean equals(Object other) {
        return other instanceof Nothing;
    }

    @Override
    public int hashCode() {
        return 0;
    }

    @Override
    public String toString() {
        return "";
    }
}
