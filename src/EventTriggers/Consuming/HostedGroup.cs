using EventTriggers.Consuming.Batches;
using EventTriggers.Consuming.Execution;

namespace EventTriggers.Consuming;

/// <summary>A group whose deliveries this host handles.</summary>
/// <param name="settings">Its settings at the start.</param>
/// <param name="types">The event types that it subscribes to; none for the internal group, which the subscriptions of triggers route to.
/// </param>
/// <param name="handler">Handles its deliveries.</param>
/// <param name="batches">Handles those of types that have a batch handler; <see langword="null"/> where none has.</param>
internal sealed class HostedGroup(
    GroupSettings settings, IReadOnlyCollection<string> types, IDeliveryHandler handler, BatchInvoker? batches = null)
{
    private volatile GroupSettings _settings = settings;

    public string Name { get; } = settings.Name;

    public IReadOnlyCollection<string> Types => types;

    public IDeliveryHandler Handler => handler;

    public BatchInvoker? Batches => batches;

    /// <summary>Gets its settings as they are now. They change together: read them once for what one set should decide.</summary>
    public GroupSettings Settings => _settings;

    /// <summary>
    /// Takes over the settings that can change at run time. The workers were made for the concurrency and the limits of the start, and the
    /// group subscribed with its mode.
    /// </summary>
    public void Apply(RedisTriggersOptions host) => _settings = GroupSettings.Of(Name, host, _settings.Mode) with
    {
        Concurrency = _settings.Concurrency, Limits = _settings.Limits,
    };
}
