using System.Diagnostics;

namespace EventTriggers.Tests;

public sealed class ReadmeTests(RedisFixture redis)
{
    [Fact]
    public void TheSmallestHost_IsTheSampleThatIsBuilt()
    {
        var readme = File.ReadAllText(Path.Combine(Checkout.Root, "README.md"));
        var sample = File.ReadAllText(Path.Combine(Checkout.Root, "samples", "SmallestHost", "Program.cs"));

        readme.Should().Contain($"```csharp\n{sample}```");
        sample.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.Should().BeLessThan(25);
    }

    [Fact]
    public async Task TheSmallestHost_HandlesItsEvent()
    {
        using var host = Process.Start(new ProcessStartInfo(
            "dotnet", [Path.Combine(AppContext.BaseDirectory, "SmallestHost.dll"), redis.Server.ConnectionString])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        })!;

        var line = await Wait.ForAsync(host.StandardOutput.ReadLineAsync());
        host.Kill();
        await host.WaitForExitAsync();

        line.Should().Be("Order 42 was placed.");
    }
}
