// What the program in docs/other-languages.md uses of Pulumi's packages, and what is generated for it.

declare module "@pulumi/pulumi" {
    export interface Output<T> {
        apply<U>(function_: (value: T) => U): Output<U>;
    }
    export type Input<T> = T | Promise<T> | Output<T>;
    export class ComponentResource {}
    export interface ComponentResourceOptions {}
}

declare module "@pulumi/aws" {
    import { Input, Output } from "@pulumi/pulumi";
    export namespace dynamodb {
        class Table {
            constructor(
                name: string,
                args: {
                    billingMode: Input<string>;
                    hashKey: Input<string>;
                    attributes: { name: string; type: string }[];
                },
            );
            readonly name: Output<string>;
        }
    }
}
