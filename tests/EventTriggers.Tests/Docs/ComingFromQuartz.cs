namespace EventTriggers.Tests.Docs;

/// <summary>The snippets of docs/coming-from/quartz.md.</summary>
internal static class ComingFromQuartz
{
    public static void RegisterIt(IServiceCollection services)
    {
        services.AddRedisTriggers(options => options.Concurrency = 8)
            .AddHandler<ReportDue, WriteReport>();
    }

    public static void ACronScheduleThatBelongsToTheProgram(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddTrigger("daily-report", Trigger.Cron("0 9 * * MON-FRI", "Europe/Berlin").Publish(new ReportDue("EU")));
    }

    public static async Task AnIntervalFiveTimes(ITriggerStore triggers)
    {
        await triggers.AddAsync(Trigger.Every(TimeSpan.FromSeconds(10)).Publish(new PollDue()).MaxFirings(5).WithId("poll"));
    }

    public static async Task OnceAtAMomentWithData(ITriggerStore triggers, DateTimeOffset newYear)
    {
        await triggers.AddAsync(Trigger.At(newYear).Publish(new ReportDue("EU")).WithId("close-year"));
    }

    public static void WhatHappensToMissedOccurrences(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddTrigger("hourly", Trigger.Cron("0 * * * *").OnMisfire(Misfire.Skip).Publish(new ReportDue("EU")));
    }

    public static void Holidays(IServiceCollection services)
    {
        services.AddRedisTriggers()
            .AddTrigger("report", Trigger.Cron("0 9 * * *").ExceptOn(new DateOnly(2026, 12, 25)).Publish(new ReportDue("EU")));
    }

    public static async Task PauseAndResume(ITriggerStore triggers)
    {
        ChangeOutcome paused = await triggers.PauseAsync("daily-report");
        ChangeOutcome resumed = await triggers.ResumeAsync("daily-report");
    }

    public static async Task ReplaceMoveRunNowRemove(ITriggerStore triggers, DateTimeOffset newYear)
    {
        await triggers.UpdateAsync("daily-report", Trigger.Cron("30 9 * * *").Publish(new ReportDue("EU")));
        await triggers.RescheduleAsync("daily-report", newYear);
        await triggers.FireNowAsync("daily-report");
        await triggers.CancelAsync("daily-report");
    }

    public static async Task WhenDoesItRunNext(ITriggerStore triggers)
    {
        TriggerRecord? trigger = await triggers.FindAsync("daily-report");
        DateTimeOffset? next = trigger?.DueAt;
        IReadOnlyList<DateTimeOffset> following = trigger?.Preview(5) ?? [];
    }

    public sealed class WriteReport(IReports reports) : IEventHandler<ReportDue>
    {
        public async ValueTask HandleAsync(EventContext<ReportDue> context, CancellationToken cancellationToken) =>
            await reports.WriteAsync(context.Event.Region, cancellationToken);
    }

    public sealed record PollDue;

    public sealed record ReportDue(string Region);

    public interface IReports
    {
        Task WriteAsync(string region, CancellationToken cancellationToken);
    }
}
