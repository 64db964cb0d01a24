/** @returns the same methods, each asynchronous, whose rejections are put into other errors */
export function withRejections<T extends object>(methods: T, put: (error: unknown) => unknown): T {
  return new Proxy(methods, {
    get(target, name, receiver): unknown {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== "function") return value;
      return async (...args: unknown[]): Promise<unknown> => {
        try {
          return await Reflect.apply(value, target, args);
        } catch (error) {
          throw put(error);
        }
      };
    },
  });
}
