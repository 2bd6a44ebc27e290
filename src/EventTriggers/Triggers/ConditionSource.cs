using System.Diagnostics.CodeAnalysis;
using System.Linq.Expressions;
using System.Text.Json;
using EventTriggers.Triggers.Conditions.Lambdas;

namespace EventTriggers.Triggers;

/// <summary>The condition of an event trigger as it was given: a pattern, or lambdas that all must hold.</summary>
internal sealed class ConditionSource
{
    public ConditionSource(EventPattern pattern) => Pattern = pattern;

    // The compiler takes the operators of these for its own, and leaves it to the program that makes the lambda to find them by name. In a
    // native program they are there only if asked for.
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, typeof(decimal))]
    [DynamicDependency(DynamicallyAccessedMemberTypes.PublicMethods, typeof(string))]
    public ConditionSource(IReadOnlyList<LambdaExpression> lambdas) => Lambdas = lambdas;

    public EventPattern? Pattern { get; }

    public IReadOnlyList<LambdaExpression> Lambdas { get; } = [];

    /// <param name="options">How payloads are serialized; <see langword="null"/> for a serializer that does not tell.</param>
    /// <exception cref="NotSupportedException">No pattern says what a lambda says.</exception>
    public EventPattern Read(JsonSerializerOptions? options) =>
        Pattern ?? LambdaTranslator.Translate(Lambdas, options ?? throw NamesAreUnknown());

    /// <summary>Makes the refusal of lambdas.</summary>
    public static NotSupportedException NamesAreUnknown() => new(
        $"A lambda needs to know how members are called in JSON, but the {nameof(IEventSerializer)} does not tell "
        + $"({nameof(IEventSerializer.Options)} is null). Use Matching with a pattern, and names of fields.");
}
