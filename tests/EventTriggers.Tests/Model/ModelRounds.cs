using System.Globalization;

namespace EventTriggers.Tests.Model;

/// <summary>
/// How many random sequences the models are compared with. <c>EVENTTRIGGERS_MODEL_ROUNDS</c> is what the usual number is multiplied by.
/// </summary>
internal static class ModelRounds
{
    private static readonly double Factor = double.Parse(
        Environment.GetEnvironmentVariable("EVENTTRIGGERS_MODEL_ROUNDS") ?? "1", CultureInfo.InvariantCulture);

    public static int Of(int usual) => Math.Max(1, (int)(usual * Factor));
}
