namespace EventTriggers.Redis.Operations;

/// <summary>What a cancellation found.</summary>
/// <param name="Outcome">The outcome.</param>
/// <param name="HasSubscriptions">Whether something subscribes to events on behalf of what was canceled, and can be removed now.</param>
internal readonly record struct CancelReply(CancelOutcome Outcome, bool HasSubscriptions)
{
    public static CancelReply Parse(Script script, string word) => word switch
    {
        "canceled" => new CancelReply(CancelOutcome.Canceled, HasSubscriptions: false),
        "canceled-subscribed" => new CancelReply(CancelOutcome.Canceled, HasSubscriptions: true),
        "signaled" => new CancelReply(CancelOutcome.Signaled, HasSubscriptions: false),
        "too-late" => new CancelReply(CancelOutcome.TooLate, HasSubscriptions: false),
        "not-found" => new CancelReply(CancelOutcome.NotFound, HasSubscriptions: false),
        _ => throw script.Unexpected(word),
    };
}
