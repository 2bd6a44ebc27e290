using System.Collections;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>The values of a collection that the program brings, and how it compares them.</summary>
/// <param name="All">The values.</param>
/// <param name="IgnoresCase">Whether strings are compared so.</param>
internal sealed record OwnValues(IReadOnlyList<object?> All, bool IgnoresCase)
{
    // A value takes two characters of a pattern at least.
    private const int Most = EventPattern.MaxBytes / 2;

    private static readonly Type[] Lists = [typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>)];

    private static readonly (Type Set, PropertyInfo? Comparer)[] Sets =
    [
        (typeof(HashSet<>), typeof(HashSet<>).GetProperty(nameof(HashSet<>.Comparer))),
        (typeof(FrozenSet<>), typeof(FrozenSet<>).GetProperty(nameof(FrozenSet<>.Comparer))),
        (typeof(SortedSet<>), typeof(SortedSet<>).GetProperty(nameof(SortedSet<>.Comparer))),
        (typeof(ImmutableHashSet<>), typeof(ImmutableHashSet<>).GetProperty(nameof(ImmutableHashSet<>.KeyComparer))),
        (typeof(ImmutableSortedSet<>), typeof(ImmutableSortedSet<>).GetProperty(nameof(ImmutableSortedSet<>.KeyComparer))),
    ];

    /// <exception cref="NotSupportedException">What it compares is not known.</exception>
    public static OwnValues Read(ContainsCall call, Expression part)
    {
        _ = ClosureValues.TryEvaluate(call.Collection, out var collection);
        if (collection is not IEnumerable all)
        {
            throw Untranslatable.Of(part, "The collection is null, or none");
        }

        object? comparer = null;
        if (call.Comparer is not null && !ClosureValues.TryEvaluate(call.Comparer, out comparer))
        {
            throw Untranslatable.Of(call.Comparer);
        }

        if (call.IsAskedOfCollection && !TryGetComparer(collection, out comparer))
        {
            throw Untranslatable.Of(part, $"How {collection.GetType()} compares is not known: give an array, a list or a set");
        }

        object?[] values = [.. all.Cast<object?>().Take(Most + 1)];
        var type = PlainTypes.Below(call.Type);
        return values.Length > Most ? throw Untranslatable.Of(part, $"The collection has more than {Most} values")
            : !Array.TrueForAll(values, value => value is null || value.GetType() == type) ? throw Untranslatable.Of(part, $"Not all values are of type {type}")
            : new(values, IgnoresCaseBy(comparer, part));
    }

    /// <summary>Reads a comparer.</summary>
    /// <returns>Whether it ignores the case of strings; otherwise it compares values as they are.</returns>
    /// <exception cref="NotSupportedException">It compares in another way.</exception>
    public static bool IgnoresCaseBy(object? comparer, Expression part) => comparer switch
    {
        null => false,
        IEqualityComparer<string?> of when StringComparer.IsWellKnownOrdinalComparer(of, out var ignoresCase) => ignoresCase,
        not (IEqualityComparer<string?> or IComparer<string>) when IsDefault(comparer.GetType()) => false,
        _ => throw Untranslatable.Of(part, $"How {comparer.GetType()} compares is not known: use the default comparer, StringComparer.Ordinal or StringComparer.OrdinalIgnoreCase"),
    };

    private static bool TryGetComparer(object collection, out object? comparer)
    {
        comparer = null;
        var type = collection.GetType();
        if (type.IsArray || (ContainsCall.DefinitionOf(type) is { } definition && Lists.Contains(definition)) || IsMadeByCompiler(type) || type.Assembly == typeof(Enumerable).Assembly)
        {
            return true;
        }

        for (var of = type; of is not null; of = of.BaseType)
        {
            if (Array.Find(Sets, set => set.Set == ContainsCall.DefinitionOf(of)).Comparer is { } property)
            {
                comparer = ((PropertyInfo)of.GetMemberWithSameMetadataDefinitionAs(property)).GetValue(collection);
                return type == of || type.Assembly == of.Assembly;
            }
        }

        return false;
    }

    // What a collection expression makes of itself for an interface.
    private static bool IsMadeByCompiler(Type type) => type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false) && type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal);

    private static bool IsDefault(Type comparer) => comparer.Assembly == typeof(object).Assembly && ContainsCall.DefinitionOf(comparer) is
    {
        Namespace: "System.Collections.Generic",
        Name: "GenericEqualityComparer`1" or "NullableEqualityComparer`1" or "EnumEqualityComparer`1" or "ObjectEqualityComparer`1"
            or "GenericComparer`1" or "NullableComparer`1" or "EnumComparer`1" or "ObjectComparer`1",
    };
}
