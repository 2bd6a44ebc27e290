using EventTriggers.Consuming.Execution;
using Microsoft.Extensions.Logging;

namespace EventTriggers.Diagnostics;

// Event ids and method names are public, because dashboards filter on them (docs/logs.md). Only append; never renumber or reuse one.
// Retired: 41 to 44, 49, 50, 58, 59.
internal static partial class Log
{
    private static readonly Func<ILogger, string, IDisposable?> Prefix = LoggerMessage.DefineScope<string>("Prefix: {Prefix}");

    /// <summary>Begins the scope of everything that a consumer loop logs.</summary>
    public static IDisposable? BeginPrefixScope(this ILogger logger, string prefix) => Prefix(logger, prefix);

    [LoggerMessage(1, LogLevel.Information,
        "Consuming group {Group} of prefix {Prefix} in {Partitions} partitions, {Concurrency} handlers at a time, "
        + "for {Types} event types.")]
    public static partial void ConsumerStarted(
        this ILogger logger, string group, string prefix, int partitions, int concurrency, int types);

    [LoggerMessage(2, LogLevel.Information,
        "Stopping: no more deliveries are claimed; {Running} deliveries may finish within {DrainTimeout}.")]
    public static partial void Draining(this ILogger logger, int running, TimeSpan drainTimeout);

    [LoggerMessage(3, LogLevel.Information, "Stopped; {Released} unfinished deliveries were released.")]
    public static partial void Drained(this ILogger logger, int released);

    [LoggerMessage(4, LogLevel.Warning,
        "Event {EventId} of type {EventType} failed in group {Group} on attempt {Attempt}, in {Handlers}; it is retried in {Delay}.")]
    public static partial void DeliveryRetried(
        this ILogger logger, Exception exception, string eventId, string eventType, string group, string handlers, int attempt,
        TimeSpan delay);

    [LoggerMessage(5, LogLevel.Error,
        "Event {EventId} of type {EventType} became a dead letter of group {Group} on attempt {Attempt}, in {Handlers}. "
        + "Fix the cause, then redrive it.")]
    public static partial void DeliveryDead(
        this ILogger logger, Exception exception, string eventId, string eventType, string group, string handlers, int attempt);

    [LoggerMessage(6, LogLevel.Warning,
        "Lost the lease of event {EventId} in group {Group}; another consumer may handle the event too. Its outcome here is ignored.")]
    public static partial void LeaseLost(this ILogger logger, string eventId, string group);

    [LoggerMessage(7, LogLevel.Information,
        "This process does not handle events of type {EventType} of group {Group}, for example event {EventId}. "
        + "It passes them on to processes that do, without counting an attempt. This is logged once per type.")]
    public static partial void DeliverySkipped(this ILogger logger, string eventId, string eventType, string group);

    [LoggerMessage(8, LogLevel.Error,
        "No running process of group {Group} has handled events of type {EventType} for {Timeout} (UnhandledTimeout): "
        + "event {EventId} became a dead letter, and others of the type will follow. "
        + "Deploy a handler, then redrive them. This is logged once per type.")]
    public static partial void DeliveryUnhandled(this ILogger logger, string eventId, string eventType, string group, TimeSpan timeout);

    [LoggerMessage(9, LogLevel.Error, "Event {EventId} became a dead letter of group {Group}: it crashed its consumers too often.")]
    public static partial void DeliveryCrashed(this ILogger logger, string eventId, string group);

    [LoggerMessage(10, LogLevel.Warning,
        "{Count} leases in partition {Partition} expired; the deliveries are ready again.")]
    public static partial void LeasesExpired(this ILogger logger, long count, int partition);

    [LoggerMessage(11, LogLevel.Error,
        "{Count} deliveries of group {Group} became dead letters without being read: the payload is missing in Redis, "
        + "or larger than MaxPayloadBytes of this host.")]
    public static partial void PayloadsMissingOrTooLarge(this ILogger logger, long count, string group);

    [LoggerMessage(12, LogLevel.Warning, "Redis cannot be used in partition {Partition}; retrying until it can.")]
    public static partial void RedisUnavailable(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(13, LogLevel.Information, "Redis can be used again in partition {Partition}.")]
    public static partial void RedisAvailable(this ILogger logger, int partition);

    [LoggerMessage(14, LogLevel.Error,
        "The outcomes of {Count} deliveries could not be recorded; they are handled again when their leases expire.")]
    public static partial void SettleFailed(this ILogger logger, Exception exception, int count);

    [LoggerMessage(15, LogLevel.Warning, "Leases could not be renewed in partition {Partition}; retrying.")]
    public static partial void RenewFailed(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(16, LogLevel.Warning, "The wake-up channel is disconnected; polling for work every {Poll} instead.")]
    public static partial void WakeChannelDisconnected(this ILogger logger, Exception exception, TimeSpan poll);

    [LoggerMessage(17, LogLevel.Warning,
        "The server is Garnet. It must run with --lua --lua-transaction-mode and enough memory, or events are lost.")]
    public static partial void GarnetNeedsSettings(this ILogger logger);

    [LoggerMessage(18, LogLevel.Warning, "The server's maxmemory-policy is {Policy}: it may evict events. Set it to noeviction.")]
    public static partial void EvictionPolicyUnsafe(this ILogger logger, string policy);

    [LoggerMessage(19, LogLevel.Debug, "The server could not be checked; it is checked again after the next interruption.")]
    public static partial void ServerCheckFailed(this ILogger logger, Exception exception);

    [LoggerMessage(20, LogLevel.Debug, "{Count} triggers fired in partition {Partition}.")]
    public static partial void TriggersFired(this ILogger logger, long count, int partition);

    [LoggerMessage(21, LogLevel.Error,
        "Redis refuses writes in partition {Partition}: publishing fails and due triggers wait until it accepts them; "
        + "claimed deliveries are still finished.")]
    public static partial void WritesRefused(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(22, LogLevel.Error, "A delivery was not handled because of an error outside its handlers; it is handled again.")]
    public static partial void WorkerFailed(this ILogger logger, Exception exception);

    [LoggerMessage(23, LogLevel.Warning,
        "The outcome of event {EventId} in group {Group} was rejected: its lease was lost, and another consumer may handle it too.")]
    public static partial void OutcomeRejected(this ILogger logger, string eventId, string group);

    [LoggerMessage(24, LogLevel.Error,
        "Partition {Partition} has lost the subscriptions of group {Group}: the server came back without its data, "
        + "or its keys were deleted. The subscriptions are created again. Stored events and triggers are gone, "
        + "and a host that adds triggers at its start must add them again.")]
    public static partial void DataLost(this ILogger logger, int partition, string group);

    [LoggerMessage(25, LogLevel.Warning,
        "The server of partition {Partition} was restarted or replaced. If it came back with older data, completed work may run again, "
        + "with the same event ids.")]
    public static partial void ServerReplaced(this ILogger logger, int partition);

    [LoggerMessage(26, LogLevel.Warning,
        "The server does not let this user run {Commands}: without PUBLISH consumers poll, without INFO settings are not checked, "
        + "without SCAN deliveries that are missing in every index are not found.")]
    public static partial void CommandsRefused(this ILogger logger, string commands);

    [LoggerMessage(27, LogLevel.Warning,
        "The clock of Redis jumped by {Jump} in partition {Partition}, or this host was suspended. "
        + "Due times follow the clock of Redis, and leases keep their length.")]
    public static partial void ClockJumped(this ILogger logger, int partition, TimeSpan jump);

    [LoggerMessage(28, LogLevel.Error,
        "Handler {Handler} of event {EventId} ran longer than HandlerTimeout, {Limit}, and ignores its cancellation token. "
        + "The attempt has failed, and this worker is stuck until the handler returns.")]
    public static partial void HandlerStuck(this ILogger logger, string handler, string eventId, TimeSpan limit);

    [LoggerMessage(72, LogLevel.Error,
        "Batch handler {Handler} with {Count} event(s) of group {Group} ran longer than HandlerTimeout, {Limit}, and ignores its "
        + "cancellation token. Their attempt has failed, and this worker is stuck until the handler returns.")]
    public static partial void BatchHandlerStuck(this ILogger logger, string handler, int count, string group, TimeSpan limit);

    [LoggerMessage(79, LogLevel.Warning,
        "The events that wait behind the first of a key in partition {Partition} could not be claimed for its batch, which goes on without "
        + "them; they come later.")]
    public static partial void NextNotClaimed(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(83, LogLevel.Warning,
        "The dead letter {EventId} was forgotten (DeadLetterRetention, DeadLetterLimit) while key {Key} of group {Group} waited behind it: "
        + "the next events of the key go on.")]
    public static partial void HeldLetterForgotten(this ILogger logger, string key, string group, string eventId);

    [LoggerMessage(73, LogLevel.Warning,
        "The limits of group {Group} could not be asked for partition {Partition}: deliveries of the group wait. "
        + "That is retried, and logged once until it succeeds.")]
    public static partial void RateLimitUnavailable(this ILogger logger, Exception exception, string group, int partition);

    [LoggerMessage(74, LogLevel.Information, "The limits of group {Group} are asked again for partition {Partition}.")]
    public static partial void RateLimitAvailable(this ILogger logger, string group, int partition);

    [LoggerMessage(75, LogLevel.Information,
        "A handler of event {EventId} of type {EventType} in group {Group} asked for it to be tried again after {Delay}. "
        + "No attempt is spent.")]
    public static partial void DeliveryPutOff(this ILogger logger, string eventId, string eventType, string group, TimeSpan delay);

    [LoggerMessage(76, LogLevel.Warning,
        "The limit {Limit} stands still for {Duration}, because a handler of group {Group} asked for that: nothing that has the limit "
        + "begins until then, in any process.")]
    public static partial void RateLimitStandsStill(this ILogger logger, string limit, TimeSpan duration, string group);

    [LoggerMessage(77, LogLevel.Error,
        "A handler asked for the limit '{Limit}' to stand still, which group {Group} does not have: only the delivery waits. "
        + "The limits of the group are: {Limits}.")]
    public static partial void RateLimitUnknown(this ILogger logger, string limit, string group, string limits);

    [LoggerMessage(80, LogLevel.Information,
        "All processes together handle {InAll} deliveries of group {Group} at a time: {By} has set that. This process handles "
        + "{Concurrency} of them; it is configured with {Configured}.")]
    public static partial void ConcurrencySet(
        this ILogger logger, string group, int inAll, string by, int concurrency, int configured);

    [LoggerMessage(84, LogLevel.Debug,
        "This process handles {Concurrency} of the {InAll} deliveries of group {Group} that all processes together handle at a time, and "
        + "not {Before} any more.")]
    public static partial void ConcurrencyShared(this ILogger logger, string group, int concurrency, int before, int inAll);

    [LoggerMessage(81, LogLevel.Information,
        "Group {Group} handles {Concurrency} deliveries at a time in this process, as it is configured.")]
    public static partial void ConcurrencyReset(this ILogger logger, string group, int concurrency);

    [LoggerMessage(82, LogLevel.Warning,
        "What is set in partition {Partition} for how many deliveries of group {Group} are handled at a time cannot be read, so this "
        + "process obeys other partitions, or handles as many as it is configured with: it must be a number of 1 to {Most}, since when "
        + "and by whom, but is '{Stored}'. "
        + "Set it again, or reset it, with IGroupStore.SetConcurrencyAsync.")]
    public static partial void ConcurrencyUnreadable(this ILogger logger, string group, int partition, string stored, int most);

    [LoggerMessage(78, LogLevel.Warning,
        "The limit {Limit} could not be made to stand still, as a handler of group {Group} had asked: only the delivery waits.")]
    public static partial void StandstillFailed(this ILogger logger, Exception exception, string limit, string group);

    [LoggerMessage(29, LogLevel.Warning,
        "{Count} entries in the indexes of partition {Partition} were missing or stale, and were repaired. "
        + "A script may have been interrupted, or keys were deleted or restored.")]
    public static partial void IndexesRepaired(this ILogger logger, int count, int partition);

    [LoggerMessage(30, LogLevel.Debug, "The repair of indexes and stale subscriptions failed; it continues in a minute.")]
    public static partial void RepairFailed(this ILogger logger, Exception exception);

    [LoggerMessage(31, LogLevel.Debug, "The outcome of event {EventId} in group {Group} is recorded: {Outcome}.")]
    public static partial void OutcomeRecorded(this ILogger logger, string eventId, string group, Outcome outcome);

    [LoggerMessage(32, LogLevel.Warning,
        "The thread pool was starved, most likely by handlers that block. Leases are renewed on it, so its minimum was raised "
        + "from {Before} to {Now} threads. Make handlers asynchronous, or raise the minimum when the program starts.")]
    public static partial void ThreadPoolStarved(this ILogger logger, int before, int now);

    [LoggerMessage(33, LogLevel.Error,
        "The keys of the prefix no longer fit this process: they were created again with another schema or number of partitions, "
        + "or hold other types. {Reason} Stop this process, or the processes that created the keys.")]
    public static partial void PrefixIncompatible(this ILogger logger, Exception exception, string reason);

    [LoggerMessage(34, LogLevel.Error,
        "This process cannot compute the next occurrence of trigger '{Trigger}'; it tries again in a minute.")]
    public static partial void TriggerNotPlanned(this ILogger logger, Exception exception, string trigger);

    [LoggerMessage(35, LogLevel.Warning, "The declared trigger '{Trigger}' could not be stored: {Reason}")]
    public static partial void TriggerNotDeclared(this ILogger logger, string trigger, string reason);

    [LoggerMessage(36, LogLevel.Error,
        "Due triggers of partition {Partition} could not be fired; this is retried every second. Deliveries continue.")]
    public static partial void FireDueFailed(this ILogger logger, Exception exception, int partition);

    [LoggerMessage(37, LogLevel.Error,
        "The definition of trigger '{Trigger}' cannot be read by this process, so the trigger does not fire. Update or cancel it.")]
    public static partial void TriggerDefinitionUnreadable(this ILogger logger, Exception exception, string trigger);

    [LoggerMessage(38, LogLevel.Error,
        "Trigger '{Trigger}' does not fire for event {EventId}: {Reason}. "
        + "TriggerRecord.Error holds the reason; this process does not log it again.")]
    public static partial void TriggerNotFired(this ILogger logger, string trigger, string eventId, string reason);

    [LoggerMessage(39, LogLevel.Error,
        "Event {EventId} became a dead letter in group {Group}: another program has written into its hash. {Trouble} "
        + "Repair the field and redrive the event.")]
    public static partial void DeliveryUnreadable(this ILogger logger, string eventId, string group, string trouble);

    [LoggerMessage(40, LogLevel.Error,
        "Trigger '{Trigger}' does not fire: another program has written into its hash. {Trouble} "
        + "It is tried again in a minute; repair the field or cancel the trigger.")]
    public static partial void TriggerUnreadable(this ILogger logger, string trigger, string trouble);

    [LoggerMessage(45, LogLevel.Warning,
        "Trigger '{Trigger}' dropped an event, or may decide without one. {Reason} This is logged at most once a minute.")]
    public static partial void EventDropped(this ILogger logger, string trigger, string reason);

    [LoggerMessage(46, LogLevel.Warning,
        "No group subscribes to events of type '{EventType}', which this process has published for {Span} or longer. "
        + "They wait for the first group that does. Check the wire name, or start a host that handles them; "
        + "IEventStore.QueryUnroutedAsync lists them.")]
    public static partial void TypeUnrouted(this ILogger logger, string eventType, TimeSpan span);

    [LoggerMessage(47, LogLevel.Error,
        "Group {Group} cannot subscribe to events of type '{EventType}' in partition {Partition}: {Count} groups subscribe to it, "
        + "and at most {Most} may. This group gets none of them until other groups are removed; its other types continue.")]
    public static partial void TooManyGroups(this ILogger logger, string group, string eventType, int partition, int count, int most);

    [LoggerMessage(48, LogLevel.Information, "Group {Group} subscribes to events of these types: {EventTypes}.")]
    public static partial void TypesSubscribed(this ILogger logger, string group, string eventTypes);

    [LoggerMessage(51, LogLevel.Warning,
        "Redis does not answer: could not {What} yet ({Reason}). It is tried again {Time}; waiting calls end at their own time limits.")]
    public static partial void RedisNotAnswering(this ILogger logger, string what, string reason, string time);

    [LoggerMessage(52, LogLevel.Information, "Redis answers again: {What} succeeded.")]
    public static partial void RedisAnswering(this ILogger logger, string what);

    [LoggerMessage(53, LogLevel.Warning,
        "The services contain a custom TimeProvider, {Type}. Local waits follow it, but due times and expiry follow the clock of Redis. "
        + "To replace that clock in a test as well, call UseTimeProviderAsRedisClock.")]
    public static partial void CustomTimeProvider(this ILogger logger, string type);

    [LoggerMessage(54, LogLevel.Warning,
        "The reply of a claim was lost; the {Count} deliveries of group {Group} that it had leased in partition {Partition} "
        + "are ready again.")]
    public static partial void ClaimReleased(this ILogger logger, int count, string group, int partition);

    [LoggerMessage(55, LogLevel.Error,
        "The key '{Key}' holds a {Type} that EventTriggers did not write. Work that needs the key waits. "
        + "Remove the key; the work continues by itself within a minute or two.")]
    public static partial void KeyHasWrongType(this ILogger logger, string key, string type);

    [LoggerMessage(56, LogLevel.Warning,
        "{Count} leases in partition {Partition} could not be renewed in time, so it is unknown whether they are still held. "
        + "Handlers continue, or are canceled where WhenLeaseIsInDoubt is Cancel.")]
    public static partial void LeasesInDoubt(this ILogger logger, int count, int partition);

    [LoggerMessage(57, LogLevel.Warning,
        "Leases in partition {Partition} are no longer in doubt: {Confirmed} were still held, "
        + "and {Lost} were lost to other consumers.")]
    public static partial void LeasesNoLongerInDoubt(this ILogger logger, int partition, int confirmed, int lost);

    [LoggerMessage(60, LogLevel.Warning,
        "No running process of group {Group} handles events of type {EventType}: {Count} wait in partition {Partition} for one that does, "
        + "and each becomes a dead letter after {Timeout} (UnhandledTimeout). "
        + "Deploy a handler, or call IGroupStore.UnsubscribeAsync. "
        + "This is logged once per type.")]
    public static partial void TypeUnhandled(
        this ILogger logger, string group, string eventType, int count, int partition, TimeSpan timeout);

    [LoggerMessage(62, LogLevel.Error,
        "Handler {Handler} of event {EventId} of type {EventType} failed in group {Group} on attempt {Attempt} and is not tried again. "
        + "The delivery becomes a dead letter when its other handlers are done.")]
    public static partial void HandlerGivenUp(
        this ILogger logger, string handler, string eventId, string eventType, string group, int attempt);

    [LoggerMessage(61, LogLevel.Error,
        "The CancelOn of {Kind} '{Id}' could not be applied, so matching events do not cancel it.")]
    public static partial void CancelOnFailed(this ILogger logger, Exception exception, string kind, string id);

    [LoggerMessage(65, LogLevel.Information,
        "The bulk operation {Operation} ({Kind}) is done in partition {Partition}: of {Examined} entries, {Changed} were changed.")]
    public static partial void OperationCompleted(
        this ILogger logger, string operation, string kind, int partition, long examined, long changed);

    [LoggerMessage(66, LogLevel.Warning, "The bulk operations of partition {Partition} could not go on; that is retried. {Problem}")]
    public static partial void OperationFailed(this ILogger logger, Exception exception, int partition, string problem);
}
