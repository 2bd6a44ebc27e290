using Microsoft.Extensions.Options;

namespace EventTriggers.Tests.Groups;

/// <summary>What contradicts itself is refused where it is said, by name.</summary>
public sealed class GroupRegistrationTests
{
    [Theory]
    [InlineData("billing")]
    [InlineData("Billing")]
    public void AGroupTwice_IsRefused(string second)
    {
        var builder = Builder().AddGroup("billing", Handling);

        builder.Invoking(build => build.AddGroup(second, Handling)).Should().Throw<InvalidOperationException>()
            .WithMessage("Group 'billing' is already added*");
    }

    [Fact]
    public void AGroupWithoutHandlers_IsRefused() =>
        Builder().Invoking(static build => build.AddGroup("billing", static group => group.Concurrency = 8))
            .Should().Throw<InvalidOperationException>().WithMessage("Group 'billing' has no handlers*");

    [Fact]
    public void AHandlerTwiceInAGroup_IsRefused_AndOnceInEachOfTwoIsNot()
    {
        var builder = Builder().AddHandler<OrderPlaced, Charge>()
            .AddGroup("audit", static group => group.AddHandler<OrderPlaced, Charge>());

        builder.Invoking(static build => build.AddGroup(
                "billing", static group => group.AddHandler<OrderPlaced, Charge>().AddHandler<OrderPlaced, Charge>()))
            .Should().Throw<InvalidOperationException>().WithMessage("*Charge is already registered*in group 'billing'*");
    }

    [Theory]
    [InlineData("$triggers", "U+0024")]
    [InlineData("a b", "U+0020")]
    [InlineData("", "empty")]
    public void ANameThatIsNotAllowed_IsRefused(string name, string why) =>
        Builder().Invoking(build => build.AddGroup(name, Handling)).Should().Throw<ArgumentException>().WithMessage($"*{why}*");

    [Fact]
    public void TheDefaultGroupOnceMore_IsRefused() =>
        ProblemOf(static _ => { }, static build => build.AddGroup("default", Handling))
            .Should().Contain("Group").And.Contain("'default'").And.Contain("without AddGroup");

    [Fact]
    public void SettingsOfAGroupThatTheHostHasNot_AreRefused_WithThoseItHas() =>
        ProblemOf(static options => options.Groups["billng"] = new GroupOptions(), static build => build.AddGroup("billing", Handling))
            .Should().Contain("Groups:billng").And.Contain("'default', 'billing'");

    [Fact]
    public void ASettingOfAGroup_IsNamedWithItsGroup() =>
        ProblemOf(static _ => { }, static build => build.AddGroup("billing", static group =>
        {
            group.MaxAttempts = 0;
            Handling(group);
        })).Should().Contain("Groups:billing:MaxAttempts").And.Contain("between 1 and 1000, but is 0");

    [Fact]
    public void ARetryDelayAboveTheHostsLongest_IsRefused_UnlessTheGroupHasALongestOfItsOwn()
    {
        static void Patient(GroupBuilder group)
        {
            group.RetryDelay = TimeSpan.FromHours(1);
            Handling(group);
        }

        ProblemOf(static _ => { }, static build => build.AddGroup("billing", Patient))
            .Should().Contain("Groups:billing:MaxRetryDelay (at least RetryDelay)").And.Contain("00:10:00");
        ProblemOf(
            static options => options.Groups["billing"].MaxRetryDelay = TimeSpan.FromHours(2),
            static build => build.AddGroup("billing", Patient)).Should().BeEmpty();
    }

    // Each property of the builder is one of the options, and sets that.
    [Fact]
    public void TheBuilder_SetsEveryOption()
    {
        var group = new GroupBuilder(Builder(), "billing");
        foreach (var option in typeof(GroupOptions).GetProperties().Where(static one => one.PropertyType.IsValueType))
        {
            object value = Nullable.GetUnderlyingType(option.PropertyType) switch
            {
                var type when type == typeof(int) => 7,
                var type when type == typeof(TimeSpan) => TimeSpan.FromSeconds(7),
                var type => Enum.ToObject(type!, 1),
            };
            var property = typeof(GroupBuilder).GetProperty(option.Name);
            property!.SetValue(group, value);
            property.GetValue(group).Should().Be(value);
            option.GetValue(group.Options).Should().Be(value);
        }
    }

    // Each option reaches the settings of the group that the host works with.
    [Fact]
    public void EveryOptionInCode_ReachesTheOptions()
    {
        var services = new ServiceCollection();
        services.AddRedisTriggers().AddGroup("billing", static group =>
        {
            group.Limit(5, TimeSpan.FromSeconds(1)).LimitPerKey(6, TimeSpan.FromSeconds(2), burst: 4);
            foreach (var option in typeof(GroupOptions).GetProperties().Where(static one => one.PropertyType.IsValueType))
            {
                option.SetValue(group.Options, Nullable.GetUnderlyingType(option.PropertyType) switch
                {
                    var type when type == typeof(int) => 7,
                    var type when type == typeof(TimeSpan) => TimeSpan.FromMinutes(11),
                    var type when type == typeof(DeadLetters) => DeadLetters.PassBy,
                    _ => LeaseDoubt.Cancel,
                });
            }

            Handling(group);
        });
        using var provider = services.BuildServiceProvider();

        var options = provider.GetRequiredService<IOptionsMonitor<RedisTriggersOptions>>().CurrentValue.Groups["billing"];

        typeof(GroupOptions).GetProperties().Should().OnlyContain(option => option.GetValue(options) != null);
        options.Limits.Should().ContainSingle().Which.Value.Count.Should().Be(5);
        options.LimitPerKey.Should().BeEquivalentTo(new LimitOptions { Count = 6, Per = TimeSpan.FromSeconds(2), Burst = 4 });
    }

    [Theory]
    [InlineData("MaxAttempts", 0, "between 1 and 1000, or null, but is 0")]
    [InlineData("MaxAttempts", 1001, "but is 1001")]
    [InlineData("Timeout", 0, "but is 00:00:00")]
    [InlineData("Timeout", 86_400_001, "but is 1.00:00:00.0010000")]
    public void AnOptionOfAHandler_IsCheckedWhereItIsSet(string option, int value, string problem)
    {
        void Set(HandlerOptions options)
        {
            options.MaxAttempts = option == "MaxAttempts" ? value : null;
            options.Timeout = option == "Timeout" ? TimeSpan.FromMilliseconds(value) : null;
        }

        Builder().Invoking(build => build.AddHandler<OrderPlaced, Charge>(Set)).Should().Throw<ArgumentOutOfRangeException>()
            .WithMessage($"{option}*{problem}*");
        Builder().Invoking(build => build.AddGroup("g", group => group.AddHandler<OrderPlaced, Charge>(Set))).Should()
            .Throw<ArgumentOutOfRangeException>().WithMessage($"{option}*{problem}*");
    }

    private static void Handling(GroupBuilder group) => group.AddHandler<OrderPlaced>(static (_, _) => default);

    private static IRedisTriggersBuilder Builder() => new ServiceCollection().AddRedisTriggers();

    private static string ProblemOf(Action<RedisTriggersOptions> configure, Action<IRedisTriggersBuilder> build)
    {
        var services = new ServiceCollection();
        build(services.AddRedisTriggers(configure));
        using var provider = services.BuildServiceProvider();
        try
        {
            provider.GetRequiredService<IOptionsMonitor<RedisTriggersOptions>>().Get(Options.DefaultName);
            return string.Empty;
        }
        catch (OptionsValidationException e)
        {
            return e.Message;
        }
    }

    private sealed class Charge : IEventHandler<OrderPlaced>
    {
        public ValueTask HandleAsync(EventContext<OrderPlaced> context, CancellationToken cancellationToken) => default;
    }
}
