using System.Diagnostics;
using System.Globalization;

namespace EventTriggers.Tests;

/// <summary>Sends a signal to one process, by its own id.</summary>
internal static class Signals
{
    public static async Task SendAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
        kill.ExitCode.Should().Be(0);
    }
}
