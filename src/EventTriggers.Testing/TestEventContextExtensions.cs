using EventTriggers.Consuming.Execution;
using EventTriggers.Testing.Harness;

namespace EventTriggers.Testing;

/// <summary>Reads what a handler did with a context of <see cref="TestEventContext.Create{TEvent}"/>, and changes its lease.</summary>
public static class TestEventContextExtensions
{
    /// <summary>
    /// Gets the follow-up events that the handler has published so far. In production they appear only if the handler succeeds.
    /// </summary>
    /// <param name="context">A context of <see cref="TestEventContext.Create{TEvent}"/>.</param>
    /// <returns>The events, in the order in which they were published.</returns>
    /// <exception cref="InvalidOperationException">The context is that of a real delivery.</exception>
    public static IReadOnlyList<PublishedEvent> Published(this EventContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var rules = TestContexts.RulesOf(context);
        return [.. context.FollowUps.Select(followUp => new PublishedEvent(followUp, rules, given: null))];
    }

    /// <summary>Gets the follow-up events of one type that the handler has published so far, with their payloads.</summary>
    /// <typeparam name="TEvent">The payload's type; events with its wire name, or another name that it has, are its events.</typeparam>
    /// <param name="context">A context of <see cref="TestEventContext.Create{TEvent}"/>.</param>
    /// <returns>The events, in the order in which they were published.</returns>
    /// <exception cref="InvalidOperationException">
    /// The context is that of a real delivery; or the type has no usable wire name.
    /// </exception>
    public static IReadOnlyList<PublishedEvent<TEvent>> PublishedOf<TEvent>(this EventContext context)
        where TEvent : notnull => PublishedEvent.OfType<TEvent>(context.Published(), TestContexts.RulesOf(context));

    /// <summary>Gets for how long the handler has put its delivery off so far (<see cref="EventContext.RetryLater"/>).</summary>
    /// <param name="context">A context of <see cref="TestEventContext.Create{TEvent}"/>.</param>
    /// <returns>The time, and the limit that it named; <see langword="null"/> if it has not put it off.</returns>
    /// <exception cref="InvalidOperationException">The context is that of a real delivery.</exception>
    public static RetryLaterException? PutOff(this EventContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        TestContexts.RulesOf(context);
        return context.PutOff;
    }

    /// <summary>
    /// Takes the lease away, as if another consumer had the delivery: <see cref="EventContext.LeaseIsCertain"/> is
    /// <see langword="false"/>, and <see cref="EventContext.ConfirmLeaseAsync"/> throws a <see cref="LeaseLostException"/>.
    /// </summary>
    /// <remarks>In production, the handler's token is canceled, too; a test cancels the one that it gives to the handler.</remarks>
    /// <param name="context">A context of <see cref="TestEventContext.Create{TEvent}"/>.</param>
    /// <exception cref="InvalidOperationException">The context is that of a real delivery.</exception>
    public static void LoseLease(this EventContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        TestContexts.RulesOf(context);
        context.Lease.Interrupt(Interruption.LeaseLost);
    }
}
