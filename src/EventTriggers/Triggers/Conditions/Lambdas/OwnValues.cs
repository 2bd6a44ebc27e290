using System.Collections;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Linq.Expressions;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace EventTriggers.Triggers.Conditions.Lambdas;

/// <summary>The values of a collection of the program, and how the collection compares them.</summary>
/// <param name="All">The values.</param>
/// <param name="IgnoresCase">Whether the comparison of strings ignores case.</param>
internal sealed record OwnValues(IReadOnlyList<object?> All, bool IgnoresCase)
{
    // A value takes at least two characters of a pattern.
    private const int MaxValues = EventPattern.MaxBytes / 2;

    private static readonly Type[] Lists = [typeof(List<>), typeof(ImmutableArray<>), typeof(ImmutableList<>)];

    private static readonly (Type Set, PropertyInfo? Comparer)[] Sets =
    [
        (typeof(HashSet<>), typeof(HashSet<>).GetProperty(nameof(HashSet<>.Comparer))),
        (typeof(FrozenSet<>), typeof(FrozenSet<>).GetProperty(nameof(FrozenSet<>.Comparer))),
        (typeof(SortedSet<>), typeof(SortedSet<>).GetProperty(nameof(SortedSet<>.Comparer))),
        (typeof(ImmutableHashSet<>), typeof(ImmutableHashSet<>).GetProperty(nameof(ImmutableHashSet<>.KeyComparer))),
        (typeof(ImmutableSortedSet<>), typeof(ImmutableSortedSet<>).GetProperty(nameof(ImmutableSortedSet<>.KeyComparer))),
    ];

    /// <exception cref="NotSupportedException">The values, or the comparer of the collection, are not known.</exception>
    public static OwnValues Read(ContainsCall call, Expression part)
    {
        _ = ClosureValues.TryEvaluate(call.Collection, out var collection);
        if (collection is not IEnumerable all)
        {
            throw Untranslatable.Create(part, "The collection is null, or cannot be enumerated");
        }

        object? comparer = null;
        if (call.Comparer is not null && !ClosureValues.TryEvaluate(call.Comparer, out comparer))
        {
            throw Untranslatable.Create(call.Comparer);
        }

        if (call.UsesOwnEquality && !TryGetComparer(collection, out comparer))
        {
            throw Untranslatable.Create(part, $"The comparer of {collection.GetType()} is not known. Use an array, a list or a set");
        }

        object?[] values = [.. all.Cast<object?>().Take(MaxValues + 1)];
        if (values.Length > MaxValues)
        {
            throw Untranslatable.Create(part, $"The collection has more than {MaxValues} values");
        }

        var type = PlainTypes.Below(call.Type);
        return Array.TrueForAll(values, value => value is null || value.GetType() == type)
            ? new(values, IgnoresCaseBy(comparer, part))
            : throw Untranslatable.Create(part, $"Not all values are of type {type}");
    }

    /// <summary>Determines whether a comparer ignores the case of strings. Otherwise it compares values as they are.</summary>
    /// <exception cref="NotSupportedException">The comparer compares in another way.</exception>
    public static bool IgnoresCaseBy(object? comparer, Expression part) => comparer switch
    {
        null => false,
        IEqualityComparer<string?> of when StringComparer.IsWellKnownOrdinalComparer(of, out var ignoresCase) => ignoresCase,
        not (IEqualityComparer<string?> or IComparer<string>) when IsDefault(comparer.GetType()) => false,
        _ => throw Untranslatable.Create(
            part,
            $"The comparer {comparer.GetType()} is not known. "
            + "Use the default comparer, StringComparer.Ordinal or StringComparer.OrdinalIgnoreCase"),
    };

    private static bool TryGetComparer(object collection, out object? comparer)
    {
        comparer = null;
        var type = collection.GetType();
        if (type.IsArray
            || (ContainsCall.DefinitionOf(type) is { } definition && Lists.Contains(definition))
            || IsCompilerGenerated(type)
            || type.Assembly == typeof(Enumerable).Assembly)
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

    // The type of a collection expression whose target is an interface.
    private static bool IsCompilerGenerated(Type type) =>
        type.IsDefined(typeof(CompilerGeneratedAttribute), inherit: false)
        && type.Name.StartsWith("<>z__ReadOnly", StringComparison.Ordinal);

    private static bool IsDefault(Type comparer) => comparer.Assembly == typeof(object).Assembly && ContainsCall.DefinitionOf(comparer) is
    {
        Namespace: "System.Collections.Generic",
        Name: "GenericEqualityComparer`1" or "NullableEqualityComparer`1" or "EnumEqualityComparer`1" or "ObjectEqualityComparer`1"
            or "GenericComparer`1" or "NullableComparer`1" or "EnumComparer`1" or "ObjectComparer`1",
    };
}
