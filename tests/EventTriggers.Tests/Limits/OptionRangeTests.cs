using EventTriggers.DependencyInjection;
using Microsoft.Extensions.Options;

namespace EventTriggers.Tests.Limits;

public sealed class OptionRangeTests
{
    private static readonly TimeSpan Ms = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // As the documentation of each property says.
    private static readonly Dictionary<string, (object Least, object Most)> Ranges = new(StringComparer.Ordinal)
    {
        ["Partitions"] = (1, 1024),
        ["Concurrency"] = (1, 10_000),
        ["MatchingConcurrency"] = (0, 10_000),
        ["LeaseDuration"] = (Second, Day),
        ["RenewalInterval"] = (Ms, TimeSpan.FromSeconds(10)),
        ["MaxAttempts"] = (1, 1000),
        ["MaxTriggerChain"] = (1, 1000),
        ["MaxCrashes"] = (1, 1000),
        ["RetryDelay"] = (Ms, Day),
        ["MaxRetryDelay"] = (Second, Day),
        ["UnhandledTimeout"] = (Second, 30 * Day),
        ["DrainTimeout"] = (TimeSpan.Zero, Day),
        ["HandlerTimeout"] = (Ms, Day),
        ["PollInterval"] = (100 * Ms, Hour),
        ["PollIntervalWhenDisconnected"] = (10 * Ms, TimeSpan.FromSeconds(5)),
        ["DeduplicationWindow"] = (Second, 30 * Day),
        ["OperationTimeout"] = (Second, Hour),
        ["MaxPayloadBytes"] = (1, 16_777_216),
        ["MaxPendingPublishBytes"] = (1_048_576, 1_073_741_824),
        ["MaxReadyPerGroup"] = (1, 1_000_000_000),
        ["ProcessedRetention"] = (TimeSpan.Zero, 3650 * Day),
        ["ProcessedLimit"] = (0, 10_000_000),
        ["DeadLetterRetention"] = (TimeSpan.Zero, 3650 * Day),
        ["DeadLetterLimit"] = (0, 10_000_000),
        ["ConcurrencyPerKey"] = (1, 100),
        ["MaxBacklogPerKey"] = (1, 10_000_000),
    };

    public static TheoryData<string> All =>
        [
            .. typeof(RedisTriggersOptions).GetProperties()
                .Where(
                    static property => property.PropertyType != typeof(string)
                        && property.PropertyType != typeof(bool)
                        && property.Name != nameof(RedisTriggersOptions.Groups)
                        && !property.PropertyType.IsEnum)
                .Select(static property => property.Name),
        ];

    [Theory]
    [MemberData(nameof(All))]
    public void EachSetting_MayBeAtItsEndsAndNoFurther(string property)
    {
        var (least, most) = Ranges[property];

        ProblemOf(property, least).Should().BeNull();
        ProblemOf(property, most).Should().BeNull();
        ProblemOf(property, Step(least, -1)).Should().Contain(property).And.Contain($"but is {Step(least, -1)}");
        ProblemOf(property, Step(most, 1)).Should().Contain(property).And.Contain($"but is {Step(most, 1)}");
    }

    // A group may have exactly what the host may have, and says where it was set.
    [Theory]
    [MemberData(nameof(AllOfGroups))]
    public void EachSettingOfAGroup_MayBeAtItsEndsAndNoFurther(string property)
    {
        var (least, most) = Ranges[property];
        least = property == "MaxRetryDelay" ? Second : least;

        GroupProblemOf(property, least).Should().BeNull();
        GroupProblemOf(property, most).Should().BeNull();
        GroupProblemOf(property, Step(least, -1)).Should().Contain($"Groups:default:{property}").And.Contain($"but is {Step(least, -1)}");
        GroupProblemOf(property, Step(most, 1)).Should().Contain($"Groups:default:{property}").And.Contain($"but is {Step(most, 1)}");
    }

    public static TheoryData<string> AllOfGroups =>
        [.. typeof(GroupOptions).GetProperties().Where(static property => property.PropertyType.IsValueType)
            .Where(static property => Nullable.GetUnderlyingType(property.PropertyType)?.IsEnum != true)
            .Select(static property => property.Name)];

    [Theory]
    [InlineData("Count", 1, 1_000_000)]
    [InlineData("Burst", 1, 10_000)]
    [InlineData("Per", 1, 30 * 86_400_000L)]
    public void EachSettingOfALimit_MayBeAtItsEndsAndNoFurther(string property, long least, long most)
    {
        object ValueOf(long value) => property == "Per" ? TimeSpan.FromMilliseconds(value) : (int)value;
        foreach (var (value, isAllowed) in new[] { (least, true), (most, true), (least - 1, false), (most + 1, false) })
        {
            var limit = new LimitOptions { Count = 1 };
            typeof(LimitOptions).GetProperty(property)!.SetValue(limit, ValueOf(value));
            foreach (var (problem, path) in new[]
            {
                (LimitProblemOf(new() { ["stripe"] = limit }), "Limits:stripe"), (GroupProblemOf("LimitPerKey", limit), "LimitPerKey"),
            })
            {
                if (isAllowed)
                {
                    problem.Should().BeNull();
                }
                else
                {
                    problem.Should().Contain($"Groups:default:{path}:{property}").And.Contain($"but is {ValueOf(value)}");
                }
            }
        }
    }

    [Theory]
    [InlineData("a b", "U+0020")]
    [InlineData("$own", "U+0024")]
    [InlineData("", "is empty")]
    public void ANameOfALimitThatIsNotAllowed_IsRefused(string name, string why) =>
        LimitProblemOf(new() { [name] = new LimitOptions { Count = 1 } }).Should().Contain("Groups:default:Limits").And.Contain(why);

    [Fact]
    public void MoreThanTenLimits_AreRefused() =>
        LimitProblemOf(Enumerable.Range(0, 11).ToDictionary(static n => $"l{n}", static _ => new LimitOptions { Count = 1 })).Should()
            .Contain("Groups:default:Limits has 11 limits, and may have 10");

    [Theory]
    [InlineData("stripe", 26)]
    [InlineData("Stripe", 25)]
    public void ALimitThatTwoGroupsShare_HasOneNameAndTheSameNumbers(string name, int count)
    {
        static void Limited(GroupBuilder group, string name, int count) => group.Limit(name, count, Second)
            .AddHandler<OrderPlaced>(static (_, _) => ValueTask.CompletedTask);
        var services = new ServiceCollection();
        services.AddRedisTriggers().AddGroup("a", static group => Limited(group, "stripe", 25))
            .AddGroup("b", group => Limited(group, name, count));
        using var provider = services.BuildServiceProvider();

        provider.Invoking(static one => one.GetRequiredService<IOptions<RedisTriggersOptions>>().Value).Should()
            .Throw<OptionsValidationException>().WithMessage(
                $"*Groups:b:Limits:{name} is '{name}' with Count {count}, Per 00:00:01, Burst not set, but group 'a' has it as 'stripe' "
                + "with Count 25*");
    }

    private static string? LimitProblemOf(Dictionary<string, LimitOptions> limits)
    {
        var options = new RedisTriggersOptions { Groups = { ["default"] = new GroupOptions() } };
        foreach (var (name, limit) in limits)
        {
            options.Groups["default"].Limits[name] = limit;
        }

        return new RedisTriggersOptionsRules(new ServiceCollection().BuildServiceProvider()).Validate(name: null, options).FailureMessage;
    }

    [Fact]
    public void TheLimitOfAHandler_MayBeInfinite()
    {
        ProblemOf("HandlerTimeout", Timeout.InfiniteTimeSpan).Should().BeNull();
        GroupProblemOf("HandlerTimeout", Timeout.InfiniteTimeSpan).Should().BeNull();
    }

    private static string? GroupProblemOf(string property, object value)
    {
        var options = new RedisTriggersOptions { MaxRetryDelay = property == "RetryDelay" ? Day : TimeSpan.FromMinutes(10) };
        var group = new GroupOptions { ConcurrencyPerKey = property == "MaxBacklogPerKey" ? 1 : null };
        typeof(GroupOptions).GetProperty(property)!.SetValue(group, value);
        options.Groups["default"] = group;
        return new RedisTriggersOptionsRules(new ServiceCollection().BuildServiceProvider()).Validate(name: null, options).FailureMessage;
    }

    private static string? ProblemOf(string property, object value)
    {
        var options = BesideOthers(property);
        typeof(RedisTriggersOptions).GetProperty(property)!.SetValue(options, value);
        return new RedisTriggersOptionsRules(new ServiceCollection().BuildServiceProvider()).Validate(name: null, options).FailureMessage;
    }

    // Where one property bounds another, that one is as far away as it may be.
    private static RedisTriggersOptions BesideOthers(string property) => property switch
    {
        "LeaseDuration" => new() { RenewalInterval = Ms },
        "RetryDelay" => new() { MaxRetryDelay = Day },
        "PollInterval" => new() { PollIntervalWhenDisconnected = 10 * Ms },
        _ => new(),
    };

    private static object Step(object value, int by) => value is TimeSpan span ? span + (by * Ms) : (int)value + by;
}
