using System.Runtime.CompilerServices;

namespace EventTriggers.Testing.Harness;

/// <summary>The contexts that tests made, with their rules.</summary>
internal static class TestContexts
{
    private static readonly ConditionalWeakTable<EventContext, PublishingRules> Rules = new();

    public static void Add(EventContext context, PublishingRules rules) => Rules.Add(context, rules);

    /// <exception cref="InvalidOperationException">The context is that of a real delivery.</exception>
    public static PublishingRules RulesOf(EventContext context) => Rules.TryGetValue(context, out var rules)
        ? rules
        : throw new InvalidOperationException(
            $"The context of event '{context.Id}' was not made by TestEventContext.Create, but belongs to a real delivery.");
}
