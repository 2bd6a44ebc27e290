using EventTriggers.Dashboard.Api;

namespace EventTriggers.Dashboard.Effects;

/// <summary>What came of an event.</summary>
internal sealed class EffectsView
{
    /// <summary>Gets what the triggers that watch its type made of it, those that fired first.</summary>
    public required IReadOnlyList<EffectView> Triggers { get; init; }

    /// <summary>Gets a value indicating whether more triggers watch its type.</summary>
    public required bool HasMoreTriggers { get; init; }

    /// <summary>Gets events that its handlers published, as far as they are among the last deliveries of their groups.</summary>
    public required IReadOnlyList<DeliveryRow> FollowUps { get; init; }
}
