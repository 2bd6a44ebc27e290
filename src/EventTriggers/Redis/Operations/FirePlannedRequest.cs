using StackExchange.Redis;

namespace EventTriggers.Redis.Operations;

/// <summary>fire_planned.lua: fires recurring triggers as it was planned for them, unless they have changed since.</summary>
internal sealed class FirePlannedRequest : IScriptRequest<FirePlannedReply>
{
    public Script Script => Script.FirePlanned;

    public required Partition Partition { get; init; }

    /// <summary>Gets the time to take for now; empty for the server's clock.</summary>
    public required RedisValue Now { get; init; }

    /// <summary>Gets the caller's groups, which claim next and are not woken: each between two spaces.</summary>
    public required string OwnGroups { get; init; }

    /// <summary>Gets how long ended triggers are remembered.</summary>
    public required Retention Retention { get; init; }

    /// <summary>Gets the triggers, in the order of the reply.</summary>
    public required IReadOnlyList<PlannedFiring> Firings { get; init; }

    public void Write(ScriptCall call)
    {
        call.Key(Partition.Keys.Root).Key(Partition.Keys.Triggers).Key(Partition.Keys.EndedTriggers);
        call.Add(Now).Add(Partition.ServerChannel).Add(OwnGroups);
        Retention.Write(call);
        foreach (var firing in Firings)
        {
            var (trigger, plan, trouble) = firing;
            call.Key(Partition.Keys.Trigger(trigger.Id));
            call.Add(trigger.Spec).Add(trigger.Due).Add(trigger.Fired).Add(plan?.Next ?? RedisValue.EmptyString)
                .Add(plan is null ? 0 : trigger.Missed + plan.Missed).Add(trouble).Add(firing.Trace ?? RedisValue.EmptyString);
            call.Add(plan?.Fire.Count ?? 0);
            foreach (var at in plan?.Fire ?? [])
            {
                call.Add(at);
            }
        }
    }

    public FirePlannedReply Read(RespResult reply)
    {
        var reader = new FlatReply(reply);
        var fired = new int?[reader.Count - 1];
        for (var i = 0; i < fired.Length; i++)
        {
            fired[i] = reader.NextInt64() is >= 0 and var count ? (int)count : null;
        }

        return new FirePlannedReply(fired, reader.NextInt64());
    }
}
