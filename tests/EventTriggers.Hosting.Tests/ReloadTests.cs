using EventTriggers.Consuming;
using EventTriggers.Tests;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using StackExchange.Redis;

namespace EventTriggers.Hosting.Tests;

/// <summary>Which settings apply when the configuration changes while the host runs, and which wait for a restart.</summary>
public sealed class ReloadTests(RedisFixture redis)
{
    // By setting: a valid value other than the default, and whether it applies at a reload. A new option belongs here, and on the page.
    private static readonly Dictionary<string, (string Value, bool IsLive)> Settings = new(StringComparer.Ordinal)
    {
        ["KeyPrefix"] = ("other", false),
        ["Group"] = ("other", false),
        ["Partitions"] = ("2", false),
        ["Concurrency"] = ("7", false),
        ["MatchingConcurrency"] = ("7", false),
        ["LeaseDuration"] = ("00:00:21", false),
        ["RenewalInterval"] = ("00:00:04", false),
        ["WhenLeaseIsInDoubt"] = ("Cancel", true),
        ["MaxAttempts"] = ("7", true),
        ["MaxTriggerChain"] = ("7", false),
        ["RecordStackTraces"] = ("false", false),
        ["MaxCrashes"] = ("7", true),
        ["RetryDelay"] = ("00:00:07", true),
        ["MaxRetryDelay"] = ("00:07:00", true),
        ["UnhandledTimeout"] = ("07:00:00", true),
        ["DrainTimeout"] = ("00:00:07", true),
        ["HandlerTimeout"] = ("00:00:07", true),
        ["PollInterval"] = ("00:00:07", false),
        ["PollIntervalWhenDisconnected"] = ("00:00:02", false),
        ["DeduplicationWindow"] = ("07:00:00", false),
        ["OperationTimeout"] = ("00:00:07", false),
        ["MaxPayloadBytes"] = ("7000", false),
        ["MaxPendingPublishBytes"] = ("7000000", false),
        ["MaxReadyPerGroup"] = ("7", false),
        ["ProcessedRetention"] = ("07:00:00", false),
        ["ProcessedLimit"] = ("7", false),
        ["DeadLetterRetention"] = ("07:00:00", false),
        ["DeadLetterLimit"] = ("7", false),
        ["TraceParenting"] = ("Never", false),
        ["ConcurrencyPerKey"] = ("7", false),
        ["MaxBacklogPerKey"] = ("7", false),
        ["OnDead"] = ("PassBy", false),
        ["LimitPerKey"] = (string.Empty, false),
        ["Limits"] = (string.Empty, false),
    };

    public static TheoryData<string, string> Paths =>
    [
        .. typeof(RedisTriggersOptions).GetProperties().Where(static one => one.Name != nameof(RedisTriggersOptions.Groups))
            .Select(static one => new TheoryDataRow<string, string>(string.Empty, one.Name)),
        .. typeof(GroupOptions).GetProperties()
            .Where(static one => one.Name is not nameof(GroupOptions.Limits) and not nameof(GroupOptions.LimitPerKey))
            .Select(static one => new TheoryDataRow<string, string>("Groups:billing:", one.Name)),
    ];

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task EachSetting_Applies_OrIsNamedAsOneThatNeedsARestart(string path, string setting)
    {
        Settings.Should().ContainKey(setting, "it has to be decided whether it applies at a reload");
        var (value, isLive) = Settings[setting];
        var (log, configuration) = (new LogLines(), Configuration());
        await using var provider = Build(configuration, log);
        var before = SettingsOf(provider, "billing");

        configuration.Set($"{path}{setting}", value);
        configuration.Reload();
        configuration.Reload();

        log.TextsOf(isLive ? "206" : "205").Should().ContainSingle().Which.Should().Contain($": {path}{setting}.");
        log.TextsOf(isLive ? "205" : "206").Should().BeEmpty();
        if (isLive)
        {
            var property = typeof(GroupSettings).GetProperty(setting)!;
            $"{property.GetValue(SettingsOf(provider, "billing"))}".Should().Be(value);
            ($"{property.GetValue(SettingsOf(provider, "default"))}" == value).Should()
                .Be(path.Length == 0, "one group's setting is no other's");
        }
        else
        {
            SettingsOf(provider, "billing").Should().Be(before);
        }
    }

    [Fact]
    public async Task Limits_NeedARestart()
    {
        var (log, configuration) = (new LogLines(), Configuration());
        await using var provider = Build(configuration, log);
        var before = SettingsOf(provider, "billing");

        configuration.Set("Groups:billing:Limits:stripe:Count", "7");
        configuration.Reload();
        configuration.Reload();

        log.TextsOf("205").Should().ContainSingle().Which.Should().Contain(": Groups:billing:Limits.");
        SettingsOf(provider, "billing").Limits.Should().BeSameAs(before.Limits).And.BeEmpty();
    }

    [Fact]
    public async Task TheLimitOfKeys_NeedsARestart()
    {
        var (log, configuration) = (new LogLines(), Configuration());
        await using var provider = Build(configuration, log);
        var before = SettingsOf(provider, "billing");

        configuration.Set("Groups:billing:LimitPerKey:Count", "7");
        configuration.Reload();
        configuration.Reload();

        log.TextsOf("205").Should().ContainSingle().Which.Should().Contain(": Groups:billing:LimitPerKey.");
        SettingsOf(provider, "billing").Mode.Should().Be(before.Mode);
    }

    [Fact]
    public void ThePage_NamesEachSetting_WhereItBelongs()
    {
        var page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "configuration.md")).Split("## Changes while the host runs")[1];
        var (live, rest) = (page.Split("Every other setting")[0], page.Split("| needs a restart | |")[1]);

        foreach (var (setting, (_, isLive)) in Settings)
        {
            (isLive ? live : rest).Should().Contain($"`{setting}`");
            (isLive ? rest : live).Should().NotContain($"`{setting}`");
        }
    }

    [Fact]
    public async Task WhatNeedsARestart_StaysWhileTheRestApplies()
    {
        var (log, configuration) = (new LogLines(), Configuration());
        await using var provider = Build(configuration, log);
        var monitor = provider.GetRequiredService<IOptionsMonitor<RedisTriggersOptions>>();
        var before = monitor.CurrentValue.KeyPrefix;

        configuration.Set("KeyPrefix", "other");
        configuration.Set("MaxAttempts", "7");
        configuration.Set("Groups:billing:Concurrency", "4");
        configuration.Set("Groups:billing:MaxCrashes", "3");
        configuration.Reload();
        configuration.Reload();

        var now = monitor.CurrentValue;
        (now.KeyPrefix, now.MaxAttempts, now.Groups["billing"].Concurrency, now.Groups["billing"].MaxCrashes).Should()
            .Be((before, 7, null, 3));
        log.TextsOf("205").Should().ContainSingle().Which.Trim().Should().Be(
            "The configuration of the default bus was changed, and takes effect when this process starts again: KeyPrefix, "
            + "Groups:billing:Concurrency.");
        log.TextsOf("206").Should().ContainSingle().Which.Trim().Should().Be(
            "The configuration of the default bus was changed, and applies from the next delivery on: MaxAttempts, "
            + "Groups:billing:MaxCrashes.");
    }

    [Fact]
    public async Task AnInvalidChange_IsLoggedWithItsPath_AndAppliesNothing()
    {
        var (log, configuration) = (new LogLines(), Configuration());
        await using var provider = Build(configuration, log);
        var monitor = provider.GetRequiredService<IOptionsMonitor<RedisTriggersOptions>>();
        var before = monitor.CurrentValue;

        configuration.Set("MaxAttempts", "0");
        configuration.Set("MaxCrashes", "7");
        configuration.Reload();

        monitor.CurrentValue.Should().BeSameAs(before);
        log.TextsOf("206").Should().BeEmpty();
        log.TextsOf("204").Should().NotBeEmpty().And.OnlyContain(
            static text => text.Contains("EventTriggers:MaxAttempts must be between 1 and 1000, but is 0."));
    }

    // Its settings are under another name from the next start on: until then they are not the host's.
    [Fact]
    public async Task AnotherDefaultGroup_LeavesTheSettingsOfGroupsAsTheyAre()
    {
        var (log, configuration) = (new LogLines(), Configuration());
        configuration.Set("Groups:default:MaxAttempts", "3");
        await using var provider = Build(configuration, log);
        SettingsOf(provider, "default").MaxAttempts.Should().Be(3);

        configuration.Set("Group", "other");
        configuration.Set("Groups:default:MaxAttempts", null);
        configuration.Set("Groups:other:MaxAttempts", "4");
        configuration.Set("MaxCrashes", "7");
        configuration.Reload();

        log.TextsOf("205").Should().ContainSingle().Which.Should().Contain(
            ": Group, Groups:default:MaxAttempts, Groups:other:MaxAttempts.");
        (SettingsOf(provider, "default").MaxAttempts, SettingsOf(provider, "default").MaxCrashes).Should().Be((3, 7));
    }

    [Fact]
    public async Task TheMatchingOfTriggers_FollowsTheBus()
    {
        var configuration = Configuration();
        await using var provider = Build(configuration, new LogLines());
        SettingsOf(provider, "$triggers").MaxAttempts.Should().Be(10);

        configuration.Change("MaxAttempts", "7");

        (SettingsOf(provider, "$triggers").MaxAttempts, SettingsOf(provider, "$triggers").Concurrency).Should().Be((7, 64));
    }

    private static ChangingConfiguration Configuration() => new(("KeyPrefix", RedisFixture.NewPrefix()));

    private static GroupSettings SettingsOf(IServiceProvider services, string group) =>
        services.GetRequiredService<HostedGroups>().All.Single(one => one.Name == group).Settings;

    private ServiceProvider Build(ChangingConfiguration configuration, LogLines log)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(log));
        services.AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
        services.AddRedisTriggers(configuration.Section).AddHandler<OrderPlaced>(static (_, _) => default)
            .AddGroup("billing", static group => group.PerKey(2).AddHandler<OrderPlaced>(static (_, _) => default));
        return services.BuildServiceProvider();
    }
}
