using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Linq.Expressions;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>A call of a <c>Contains</c> method of a collection, in each form to which the compiler binds it.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Item">The item.</param>
/// <param name="Comparer">The comparer that the call passes.</param>
/// <param name="Type">The type of the items.</param>
internal sealed record ContainsCall(Expression Collection, Expression Item, Expression? Comparer, Type Type)
{
    private static readonly Type[] Declaring =
    [
        typeof(ICollection<>), typeof(List<>), typeof(HashSet<>), typeof(IReadOnlySet<>), typeof(SortedSet<>), typeof(FrozenSet<>),
        typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>),
    ];

    // The serializer creates collections for these types that compare items with the default comparer.
    private static readonly Type[] InPayload =
    [
        typeof(IEnumerable<>), typeof(IReadOnlyCollection<>), typeof(IReadOnlyList<>), typeof(ICollection<>), typeof(IList<>),
        typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>),
    ];

    private static readonly Type[] SetsInPayload = [typeof(ISet<>), typeof(IReadOnlySet<>), typeof(HashSet<>), typeof(ImmutableHashSet<>)];

    /// <summary>Gets a value indicating whether the collection itself decides which items are equal.</summary>
    public bool UsesOwnEquality { get; private init; }

    /// <summary>Gets a value indicating whether the call converts an array to a span, which is empty if the array is null.</summary>
    public bool IsOfSpan { get; private init; }

    /// <returns>The call; <see langword="null"/> for another method.</returns>
    public static ContainsCall? From(MethodCallExpression call)
    {
        var (method, arguments) = (call.Method, call.Arguments);
        var type = method.IsGenericMethod && method.GetGenericArguments() is [var only] ? only : null;
        if (method.Name != nameof(Enumerable.Contains))
        {
            return null;
        }

        if (method.DeclaringType == typeof(Enumerable) || (method.DeclaringType == typeof(MemoryExtensions) && type is not null))
        {
            var collection = method.DeclaringType == typeof(Enumerable) ? arguments[0] : WithoutSpan(arguments[0]);
            return new(collection, arguments[1], arguments.Count > 2 ? arguments[2] : null, type!)
            {
                UsesOwnEquality = method.DeclaringType == typeof(Enumerable) && arguments.Count == 2,
                IsOfSpan = method.DeclaringType == typeof(MemoryExtensions),
            };
        }

        return call.Object is { } self
            && arguments is [var item]
            && DefinitionOf(method.DeclaringType) is { } declaring
            && Declaring.Contains(declaring)
            && method.DeclaringType!.GetGenericArguments() is [var element]
            && item.Type == element
            ? new(self, item, Comparer: null, element) { UsesOwnEquality = true }
            : null;
    }

    /// <summary>Determines whether a collection of a payload, once read from JSON, compares its items with the default comparer.</summary>
    public static bool IsKnownInPayload(Type type) =>
        type.IsSZArray || (DefinitionOf(type) is { } definition && InPayload.Contains(definition));

    /// <summary>
    /// Determines whether a set of a payload compares its items with the default comparer, provided that the serializer creates it.
    /// </summary>
    public static bool IsSetInPayload(Type type) => DefinitionOf(type) is { } definition && SetsInPayload.Contains(definition);

    public static Type? DefinitionOf(Type? type) => type is { IsGenericType: true } ? type.GetGenericTypeDefinition() : null;

    // The compiler may convert an array to a span to call the method.
    private static Expression WithoutSpan(Expression span) => span switch
    {
        MethodCallExpression { Method.Name: "op_Implicit", Method.DeclaringType.IsByRefLike: true } convert
            when convert.Arguments is [{ Type.IsSZArray: true } array] => array,
        UnaryExpression { NodeType: ExpressionType.Convert, Operand: { Type.IsSZArray: true } array } when span.Type.IsByRefLike => array,
        _ => throw Untranslatable.Create(span, "Use an array or a list"),
    };
}
