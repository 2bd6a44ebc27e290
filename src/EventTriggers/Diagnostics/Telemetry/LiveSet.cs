using System.Runtime.CompilerServices;

namespace EventTriggers.Diagnostics.Telemetry;

/// <summary>Objects that instruments read. It keeps none of them alive: a host may forget to dispose of its services.</summary>
internal sealed class LiveSet<T>
    where T : class
{
    private readonly ConditionalWeakTable<T, object?> _members = [];

    public void Add(T member) => _members.AddOrUpdate(member, null);

    public void Remove(T member) => _members.Remove(member);

    public T[] ToArray() => [.. _members.Select(static pair => pair.Key)];
}
