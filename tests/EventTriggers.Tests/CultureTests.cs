using System.Globalization;

namespace EventTriggers.Tests;

public sealed class CultureTests
{
    // CI runs the suite once in each of a few cultures: a machine without their data would run it in none of them.
    [Fact]
    public void TheCulture_IsTheOneThatTheEnvironmentNames()
    {
        var given = Environment.GetEnvironmentVariable("LC_ALL")?.Split('.')[0].Replace('_', '-');

        CultureInfo.CurrentCulture.Name.Should().Be(given is null or "" or "C" or "POSIX" ? CultureInfo.CurrentCulture.Name : given);
    }
}
