using System.Globalization;
using EventTriggers.Benchmarks;
using EventTriggers.Benchmarks.Figures;

const int Rounds = 3;
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
IFigure[] figures = [new Limit(), new PublishMany(), new Publish(), new Drain(), new Steady()];

var arguments = Arguments.Parse(args);
foreach (var name in arguments.Names)
{
    var figure = figures.Single(figure => figure.Name == name);
    var samples = new List<Sample>();
    for (var round = 0; round < Rounds; round++)
    {
        await using var server = await Server.StartAsync(arguments.Redis);
        samples.AddRange(await figure.MeasureAsync(server, arguments.Events));
    }

    Report.Print(samples, arguments.IsJson);
}
