using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Linq.Expressions;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>A call that asks whether a collection contains an item, in each way in which the compiler binds it.</summary>
/// <param name="Collection">The collection.</param>
/// <param name="Item">The item.</param>
/// <param name="Comparer">The comparer that the call names.</param>
/// <param name="Type">The type of its items.</param>
internal sealed record ContainsCall(Expression Collection, Expression Item, Expression? Comparer, Type Type)
{
    private static readonly Type[] Declaring =
    [
        typeof(ICollection<>), typeof(List<>), typeof(HashSet<>), typeof(IReadOnlySet<>), typeof(SortedSet<>), typeof(FrozenSet<>),
        typeof(ImmutableArray<>), typeof(ImmutableList<>), typeof(ImmutableHashSet<>), typeof(ImmutableSortedSet<>),
    ];

    // What the serializer makes of these compares items as they are.
    private static readonly Type[] InPayload =
    [
        typeof(IEnumerable<>), typeof(IReadOnlyCollection<>), typeof(IReadOnlyList<>), typeof(ICollection<>), typeof(IList<>), typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>),
    ];

    private static readonly Type[] SetsInPayload = [typeof(ISet<>), typeof(IReadOnlySet<>), typeof(HashSet<>), typeof(ImmutableHashSet<>)];

    /// <summary>Gets a value indicating whether the collection itself decides what is equal.</summary>
    public bool IsAskedOfCollection { get; private init; }

    /// <summary>Gets a value indicating whether an array is asked as a span, which is empty where the array is null.</summary>
    public bool IsOfSpan { get; private init; }

    /// <returns>The call; <see langword="null"/> where it is another one.</returns>
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
                IsAskedOfCollection = method.DeclaringType == typeof(Enumerable) && arguments.Count == 2, IsOfSpan = method.DeclaringType == typeof(MemoryExtensions),
            };
        }

        return call.Object is { } self && arguments is [var item] && DefinitionOf(method.DeclaringType) is { } declaring && Declaring.Contains(declaring)
            && method.DeclaringType!.GetGenericArguments() is [var element] && item.Type == element
            ? new(self, item, Comparer: null, element) { IsAskedOfCollection = true }
            : null;
    }

    /// <summary>Tells whether a type is of collections of a payload that compare as the values do, once they are read from JSON.</summary>
    public static bool IsKnownInPayload(Type type) => type.IsSZArray || (DefinitionOf(type) is { } definition && InPayload.Contains(definition));

    /// <summary>Tells whether a type is of sets of a payload that compare so if the serializer makes them.</summary>
    public static bool IsSetInPayload(Type type) => DefinitionOf(type) is { } definition && SetsInPayload.Contains(definition);

    public static Type? DefinitionOf(Type? type) => type is { IsGenericType: true } ? type.GetGenericTypeDefinition() : null;

    // The compiler makes a span of an array to call a method on.
    private static Expression WithoutSpan(Expression span) => span switch
    {
        MethodCallExpression { Method: { Name: "op_Implicit", DeclaringType.IsByRefLike: true }, Arguments: [{ Type.IsSZArray: true } array] } => array,
        UnaryExpression { NodeType: ExpressionType.Convert, Operand: { Type.IsSZArray: true } array } when span.Type.IsByRefLike => array,
        _ => throw Untranslatable.Of(span, "Give an array or a list"),
    };
}
