export declare const SIDES: readonly ["edge", "cloud"];
export declare function typesPath(side: string): URL;
export declare function types(side: string): Promise<string>;
