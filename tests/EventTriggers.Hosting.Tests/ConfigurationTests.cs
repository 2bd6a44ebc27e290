using System.Reflection;
using System.Text;
using System.Text.Json;
using EventTriggers.Tests;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace EventTriggers.Hosting.Tests;

/// <summary>AddRedisTriggers with a section of the configuration.</summary>
public sealed class ConfigurationTests
{
    public static TheoryData<string> Settings => NamesOf(typeof(RedisTriggersOptions));

    public static TheoryData<string> GroupSettings => NamesOf(typeof(GroupOptions));

    // Fails when an option is added whose type nothing binds.
    [Theory]
    [MemberData(nameof(Settings))]
    public void EachOption_IsBound(string name)
    {
        var property = typeof(RedisTriggersOptions).GetProperty(name)!;
        var (value, text) = OtherThan(property.GetValue(new RedisTriggersOptions()), property.PropertyType, name);

        var bound = Read(With(name, text));

        property.GetValue(bound).Should().Be(value);
    }

    [Theory]
    [MemberData(nameof(GroupSettings))]
    public void EachOptionOfAGroup_IsBound(string name)
    {
        var property = typeof(GroupOptions).GetProperty(name)!;
        var (value, text) = OtherThan(property.GetValue(new GroupOptions()), property.PropertyType, name);

        // Dead letters are held, and deliveries wait, in a group that orders.
        var needed = name is nameof(GroupOptions.OnDead) or nameof(GroupOptions.MaxBacklogPerKey)
            ? """, "ConcurrencyPerKey": 1""" : string.Empty;
        var bound = Read($$"""{ "EventTriggers": { "Groups": { "default": { "{{name}}": {{text}}{{needed}} } } } }""");

        property.GetValue(bound.Groups["default"]).Should().Be(value);
    }

    [Theory]
    [InlineData("""{ "Concurency": 5 }""", "EventTriggers:Concurency is unknown. The settings are KeyPrefix, Group, *")]
    [InlineData(
        """{ "Groups": { "default": { "Concurency": 5 } } }""",
        "EventTriggers:Groups:default:Concurency is unknown. The settings of a group are Concurrency, *")]
    [InlineData("""{ "Groups": { "default": 5 } }""", "EventTriggers:Groups:default must be a section with *, but is '5'.")]
    [InlineData("""{ "Groups": "billing" }""", "EventTriggers:Groups must hold a section for each group, but is 'billing'.")]
    [InlineData("""{ "Concurrency": "many" }""", "EventTriggers:Concurrency must be a whole number, but is 'many'.")]
    [InlineData("""{ "Concurrency": 1.5 }""", "EventTriggers:Concurrency must be a whole number, but is '1.5'.")]
    [InlineData("""{ "Concurrency": "" }""", "EventTriggers:Concurrency must be a whole number, but is ''.")]
    [InlineData("""{ "Concurrency": null }""", "EventTriggers:Concurrency must have a value, but is null.")]
    [InlineData("""{ "KeyPrefix": null }""", "EventTriggers:KeyPrefix must have a value, but is null.")]
    [InlineData("""{ "Concurrency": { "Max": 5 } }""", "EventTriggers:Concurrency must be a value, but is a section.")]
    [InlineData(
        """{ "DrainTimeout": "20s" }""", "EventTriggers:DrainTimeout must be a time as [d.]hh:mm:ss, such as 00:00:30, but is '20s'.")]
    [InlineData(
        """{ "DrainTimeout": 20 }""",
        "EventTriggers:DrainTimeout must be a time as [d.]hh:mm:ss, such as 00:00:30, but is the number 20, which would mean days.")]
    [InlineData(
        """{ "WhenLeaseIsInDoubt": "Stop" }""", "EventTriggers:WhenLeaseIsInDoubt must be one of Continue, Cancel, but is 'Stop'.")]
    [InlineData("""{ "Concurrency": 0 }""", "EventTriggers:Concurrency must be between 1 and 10000, but is 0.")]
    [InlineData(
        """{ "Groups": { "default": { "Concurrency": 0 } } }""",
        "EventTriggers:Groups:default:Concurrency must be between 1 and 10000, but is 0.")]
    [InlineData(
        """{ "Groups": { "default": { "Limits": 5 } } }""",
        "EventTriggers:Groups:default:Limits must hold a section for each limit, but is '5'.")]
    [InlineData(
        """{ "Groups": { "default": { "Limits": { "stripe": { "Counts": 5 } } } } }""",
        "EventTriggers:Groups:default:Limits:stripe:Counts is unknown. The settings of a limit are Count, Per, Burst.")]
    [InlineData(
        """{ "Groups": { "default": { "Limits": { "stripe": { "Count": 0, "Per": "00:00:02" } } } } }""",
        "EventTriggers:Groups:default:Limits:stripe:Count must be between 1 and 1000000, but is 0.")]
    [InlineData(
        """{ "Groups": { "default": { "Limits": { "a$b": { "Count": 5 } } } } }""",
        "EventTriggers:Groups:default:Limits:a$b: The name of a limit must consist of *'a$b'*")]
    [InlineData(
        """{ "Groups": { "default": { "LimitPerKey": 5 } } }""",
        "EventTriggers:Groups:default:LimitPerKey must be a section with the settings of the limit, but is '5'.")]
    [InlineData(
        """{ "Groups": { "default": { "LimitPerKey": { "Counts": 5 } } } }""",
        "EventTriggers:Groups:default:LimitPerKey:Counts is unknown. The settings of a limit are Count, Per, Burst.")]
    [InlineData(
        """{ "Groups": { "default": { "LimitPerKey": { "Count": 5, "Burst": 0 } } } }""",
        "EventTriggers:Groups:default:LimitPerKey:Burst must be between 1 and 10000, but is 0.")]
    [InlineData("""{ "KeyPrefix": "a b" }""", "EventTriggers:KeyPrefix: The prefix must consist of *'a b'*")]
    [InlineData("""{ "Groups": { "y": { "MaxAttempts": 3 } } }""", "EventTriggers:Groups:y is not a group of this host.*")]
    public void WhatIsNotAllowed_IsNamedWithItsPath(string section, string problem)
    {
        var read = () => Read($$"""{ "EventTriggers": {{section}} }""");

        read.Should().Throw<OptionsValidationException>().Which.Failures.Should().ContainSingle().Which.Should().Match(problem);
    }

    [Fact]
    public void AllProblems_AreNamedTogether()
    {
        var read = () => Read("""{ "EventTriggers": { "Concurency": 5, "DrainTimeout": "20s", "Groups": { "x": { "Y": 1 } } } }""");

        read.Should().Throw<OptionsValidationException>().Which.Failures.Select(static problem => problem.Split(' ')[0]).Should()
            .BeEquivalentTo("EventTriggers:Concurency", "EventTriggers:DrainTimeout", "EventTriggers:Groups:x:Y");
    }

    // What code sets is not in the configuration.
    [Fact]
    public void AProblemOfCode_HasNoPath()
    {
        var read = () => Read("""{ "EventTriggers": { "MaxAttempts": 5 } }""", options => options.Concurrency = 0);

        read.Should().Throw<OptionsValidationException>().Which.Failures.Should()
            .Equal("Concurrency must be between 1 and 10000, but is 0.");
    }

    [Fact]
    public void Code_RunsAfterTheConfiguration() =>
        Read("""{ "EventTriggers": { "MaxAttempts": 5, "MaxCrashes": 7 } }""", options => options.MaxAttempts++).Should()
            .Match<RedisTriggersOptions>(static options => options.MaxAttempts == 6 && options.MaxCrashes == 7);

    [Fact]
    public void ASectionThatIsNotThere_LeavesTheDefaults() =>
        Read("{}").Should().BeEquivalentTo(new RedisTriggersOptions());

    [Fact]
    public void Names_MayHaveAnyCase_AndNullLeavesALimitOut() =>
        Read("""{ "EventTriggers": { "maxattempts": 5, "handlerTimeout": null, "DrainTimeout": "0" } }""").Should()
            .Match<RedisTriggersOptions>(
                static options => options.MaxAttempts == 5 && options.HandlerTimeout == null && options.DrainTimeout == TimeSpan.Zero);

    [Fact]
    public void AWholeConfiguration_HasNoPath()
    {
        var configuration = Load("""{ "Concurency": 5 }""");
        var services = new ServiceCollection();
        services.AddRedisTriggers(configuration);
        using var provider = services.BuildServiceProvider();

        provider.Invoking(static all => all.GetRequiredService<IOptions<RedisTriggersOptions>>().Value).Should()
            .Throw<OptionsValidationException>().Which.Failures.Single().Should().StartWith("Concurency is unknown.");
    }

    internal static IConfigurationRoot Load(string json)
    {
        using var stream = new MemoryStream(Encoding.UTF8.GetBytes(json));
        return new ConfigurationBuilder().AddJsonStream(stream).Build();
    }

    [Fact]
    public void AGroup_IsBoundOverWhatCodeSays_SettingBySetting()
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers(
                Load("""{ "EventTriggers": { "Groups": { "Billing": { "Concurrency": 3 } } } }""").GetSection("EventTriggers"))
            .AddGroup("billing", static group =>
            {
                (group.Concurrency, group.MaxAttempts) = (8, 5);
                group.AddHandler<OrderPlaced>(static (_, _) => default);
            });
        using var provider = services.BuildServiceProvider();

        var group = provider.GetRequiredService<IOptions<RedisTriggersOptions>>().Value.Groups["billing"];

        (group.Concurrency, group.MaxAttempts, group.MaxCrashes).Should().Be((3, 5, null));
    }

    // What code sets stays where the configuration says nothing.
    [Fact]
    public void TheLimitOfKeys_IsBound_OverThatOfTheCode()
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers(
                Load("""{ "EventTriggers": { "Groups": { "billing": { "LimitPerKey": { "Count": 7, "Per": "00:01:00" } } } } }""")
                    .GetSection("EventTriggers"))
            .AddGroup("billing", static group => group.LimitPerKey(3, TimeSpan.FromSeconds(1), burst: 2)
                .AddHandler<OrderPlaced>(static (_, _) => ValueTask.CompletedTask));
        using var provider = services.BuildServiceProvider();

        provider.GetRequiredService<IOptions<RedisTriggersOptions>>().Value.Groups["billing"].LimitPerKey.Should()
            .BeEquivalentTo(new LimitOptions { Count = 7, Per = TimeSpan.FromMinutes(1), Burst = 2 });
    }

    // What code sets stays where the configuration says nothing.
    [Fact]
    public void LimitsOfAGroup_AreBound_OverThoseOfTheCode()
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers(
                Load(
                    """
                    { "EventTriggers": { "Groups": { "billing": { "Limits": {
                      "stripe": { "Count": 25, "Per": "00:00:02", "Burst": 7 }, "$group": { "Count": 3 } } } } } }
                    """).GetSection("EventTriggers"))
            .AddGroup("billing", static group => group.Limit(100, TimeSpan.FromMinutes(1), burst: 4)
                .AddHandler<OrderPlaced>(static (_, _) => ValueTask.CompletedTask));
        using var provider = services.BuildServiceProvider();

        var limits = provider.GetRequiredService<IOptions<RedisTriggersOptions>>().Value.Groups["billing"].Limits;

        limits.Should().BeEquivalentTo(new Dictionary<string, LimitOptions>
        {
            ["stripe"] = new() { Count = 25, Per = TimeSpan.FromSeconds(2), Burst = 7 },
            ["$group"] = new() { Count = 3, Per = TimeSpan.FromMinutes(1), Burst = 4 },
        });
    }

    // docs/configuration.md has every setting, with its default.
    [Fact]
    public void TheReference_HasEachSetting_WithItsDefault()
    {
        var page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "configuration.md"));
        var json = page.Split("```json\n")[1].Split("```")[0];
        var section = JsonDocument.Parse(json).RootElement.GetProperty("EventTriggers");

        section.EnumerateObject().Select(static one => one.Name).Should()
            .BeEquivalentTo(typeof(RedisTriggersOptions).GetProperties().Select(static one => one.Name));
        section.GetProperty("Groups").GetProperty("default").EnumerateObject().Select(static one => one.Name).Should()
            .BeEquivalentTo(typeof(GroupOptions).GetProperties().Select(static one => one.Name));
        Read(json).Should().BeEquivalentTo(new RedisTriggersOptions(), static options => options.Excluding(static one => one.Groups));
    }

    [Fact]
    public void AKeyedBus_HasItsOwnSection_AndItsOwnPath()
    {
        var configuration = Load("""{ "Main": { "MaxAttempts": 3 }, "Audit": { "MaxAttempts": 4, "Concurrency": 0 } }""");
        var services = new ServiceCollection();
        services.AddRedisTriggers(configuration.GetSection("Main"));
        services.AddKeyedRedisTriggers("audit", configuration.GetSection("Audit"));
        using var provider = services.BuildServiceProvider();
        var options = provider.GetRequiredService<IOptionsMonitor<RedisTriggersOptions>>();

        options.CurrentValue.MaxAttempts.Should().Be(3);
        options.Invoking(static all => all.Get("audit")).Should().Throw<OptionsValidationException>().Which.Failures.Should()
            .Equal("Audit:Concurrency must be between 1 and 10000, but is 0.");
    }

    /// <summary>A value that is allowed beside the defaults, and its JSON.</summary>
    private static (object Value, string Json) OtherThan(object? value, Type type, string name) =>
        (value, Nullable.GetUnderlyingType(type) ?? type) switch
        {
            (string text, _) => ($"{text}x", JsonSerializer.Serialize($"{text}x")),
            (int number, _) when name == nameof(RedisTriggersOptions.MaxPendingPublishBytes) => (number + 1, $"{number + 1}"),
            (_, { } number) when number == typeof(int) => ((value as int? ?? 0) + 3, $"{(value as int? ?? 0) + 3}"),
            (_, { } span) when span == typeof(TimeSpan) && TimeOf(value, name) is var time => (time, $"\"{time}\""),
            (_, { IsEnum: true } choice) => (Enum.GetValues(choice).GetValue(1)!, $"\"{Enum.GetNames(choice)[1]}\""),
            (bool flag, _) => (!flag, flag ? "false" : "true"),
            _ => throw new NotSupportedException($"{name} is a {type}: say here what a value of it is, and see that it is bound."),
        };

    private static TimeSpan TimeOf(object? value, string name) => name switch
    {
        // Where another default is an end of the range.
        nameof(RedisTriggersOptions.PollIntervalWhenDisconnected) or nameof(RedisTriggersOptions.RenewalInterval) =>
            (TimeSpan)value! - TimeSpan.FromMilliseconds(500),
        nameof(GroupOptions.MaxRetryDelay) => TimeSpan.FromMinutes(11),
        _ => (value as TimeSpan? ?? TimeSpan.Zero) + TimeSpan.FromSeconds(1),
    };

    private static string With(string name, string json) => $$"""{ "EventTriggers": { "{{name}}": {{json}} } }""";

    private static RedisTriggersOptions Read(string json, Action<RedisTriggersOptions>? configure = null)
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers(Load(json).GetSection("EventTriggers"), configure);
        using var provider = services.BuildServiceProvider();
        return provider.GetRequiredService<IOptions<RedisTriggersOptions>>().Value;
    }

    private static TheoryData<string> NamesOf(Type type) =>
        [
            .. type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(static property => property.Name)
                .Where(static name => name
                    is not (nameof(RedisTriggersOptions.Groups) or nameof(GroupOptions.Limits) or nameof(GroupOptions.LimitPerKey))),
        ];
}
