using Hawser.Net;

namespace Hawser.Tests.Net;

/// <summary>A home of its own for one test.</summary>
internal sealed class TempHome : IDisposable
{
    public Home Home { get; } = new(Path.Combine(Path.GetTempPath(), "hawser-" + Guid.NewGuid().ToString("n")[..8]));

    public void Dispose()
    {
        if (Directory.Exists(Home.Folder)) Directory.Delete(Home.Folder, recursive: true);
    }
}
