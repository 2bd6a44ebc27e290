namespace EventTriggers.Tool.Transfer;

/// <summary>What an import stores and what it leaves. Everything was checked, as far as that is possible before storing.</summary>
internal sealed class ImportPlan
{
    // Long enough to pause a trigger before it could fire.
    private static readonly TimeSpan PauseFirst = TimeSpan.FromHours(1);

    public required IReadOnlyList<StoredTrigger> ToStore { get; init; }

    public required IReadOnlyList<StoredTrigger> Kept { get; init; }

    public required IReadOnlyList<StoredTrigger> Ended { get; init; }

    /// <exception cref="ToolException">A trigger cannot be imported, or exists.</exception>
    public static async Task<ImportPlan> MakeAsync(BusCall call, IReadOnlyList<StoredTrigger> triggers, OnConflict conflict)
    {
        var living = triggers.Where(static one => one.Status is TriggerStatus.Active or TriggerStatus.Paused).ToArray();
        foreach (var trigger in living)
        {
            Check(trigger);
        }

        List<StoredTrigger> existing = [];
        foreach (var trigger in conflict == OnConflict.Replace ? [] : living)
        {
            var found = call.Bus.Meta is null ? null : await call.Bus.Triggers.FindAsync(trigger.Id, call.Token);
            if (found is { Status: TriggerStatus.Active or TriggerStatus.Paused })
            {
                existing.Add(trigger);
            }
        }

        return conflict == OnConflict.Throw && existing.Count > 0
            ? throw new ToolException(
                ExitCode.Failed,
                $"These triggers exist: {string.Join(", ", existing.Select(static one => one.Id))}. Nothing was imported. With --keep they "
                + "are left alone, with --replace they are replaced.")
            : new ImportPlan { ToStore = [.. living.Except(existing)], Kept = existing, Ended = [.. triggers.Except(living)] };
    }

    public static async Task StoreAsync(BusCall call, StoredTrigger stored, OnConflict conflict)
    {
        // A paused trigger that is overdue must not fire between the two calls.
        var isHeld = stored is { Status: TriggerStatus.Paused, Kind: TriggerKind.At };
        var held = call.Bus.Now + PauseFirst;
        var trigger = TriggerReader.Read(stored, isHeld && stored.DueAt < held ? held : stored.DueAt).IfExists(conflict);
        await call.Bus.Triggers.AddAsync(trigger, call.Token);
        if (stored.Status == TriggerStatus.Paused)
        {
            await call.Bus.Triggers.PauseAsync(stored.Id, call.Token);
        }

        await CatchUpAsync(call, stored);
    }

    // A trigger of the same definition is left as it is by the store, even if it was moved or paused since.
    private static async Task CatchUpAsync(BusCall call, StoredTrigger stored)
    {
        var found = await call.Bus.Triggers.FindAsync(stored.Id, call.Token);
        if (found is not { Status: TriggerStatus.Active or TriggerStatus.Paused })
        {
            return;
        }

        if (stored.Kind != TriggerKind.On && stored.DueAt is { } due && found.DueAt != due
            && (stored.Kind == TriggerKind.At || due > call.Bus.Now))
        {
            await call.Bus.Triggers.RescheduleAsync(stored.Id, due, call.Token);
        }

        if (stored.Status == TriggerStatus.Active && found.Status == TriggerStatus.Paused)
        {
            await call.Bus.Triggers.ResumeAsync(stored.Id, call.Token);
        }
    }

    public static IReadOnlyList<string> Ids(IReadOnlyList<StoredTrigger> triggers) => [.. triggers.Select(static one => one.Id)];

    private static void Check(StoredTrigger trigger)
    {
        try
        {
            _ = TriggerReader.Read(trigger, trigger.DueAt);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or NotSupportedException)
        {
            throw new ToolException(ExitCode.Usage, $"Trigger '{trigger.Id}' cannot be imported: {e.Message} Nothing was imported.", e);
        }
    }
}
