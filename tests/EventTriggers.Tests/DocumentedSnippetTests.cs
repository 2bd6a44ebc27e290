using System.Reflection;
using StackExchange.Redis;

namespace EventTriggers.Tests;

/// <summary>The snippets in Docs/ run: the server takes what they publish and add, and a host takes what they register.</summary>
public sealed class DocumentedSnippetTests(RedisFixture redis)
{
    // Only a delivery has a context.
    private static readonly MethodInfo[] Methods =
    [
        .. typeof(Docs.Faq).Assembly.GetTypes().Where(static type => type.Namespace == typeof(Docs.Faq).Namespace && !type.IsNested)
            .SelectMany(static type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Where(static method => !method.GetParameters().Any(static p => p.ParameterType.IsAssignableTo(typeof(EventContext)))),
    ];

    public static TheoryData<string> Snippets => [.. Methods.Select(NameOf)];

    [Theory]
    [MemberData(nameof(Snippets))]
    public async Task EachSnippet_Runs(string snippet)
    {
        var method = Methods.Single(method => NameOf(method) == snippet);
        var services = new ServiceCollection();
        services.AddSingleton<IConnectionMultiplexer>(redis.HostConnection);
        await using var host = TestHost.Create(redis);

        var arguments = method.GetParameters().Select(parameter => Argument(parameter.ParameterType, services, host)).ToArray();
        if (method.Invoke(null, arguments) is Task running)
        {
            await running;
        }

        await using var provider = services.BuildServiceProvider();
        var resolve = provider.GetService<IConsumerLoop>;
        resolve.Should().NotThrow();
    }

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}";

    private object Argument(Type type, ServiceCollection services, TestHost host) => type switch
    {
        _ when type == typeof(IServiceCollection) => services,
        _ when type == typeof(IConnectionMultiplexer) => redis.HostConnection,
        _ when type == typeof(DateTimeOffset) => DateTimeOffset.UtcNow.AddDays(1),
        _ when type == typeof(CancellationToken) => TestContext.Current.CancellationToken,
        _ => host.Services.GetRequiredService(type),
    };
}
