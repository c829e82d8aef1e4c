namespace Hawser.Tests.Net.Services;

/// <summary>A folder that goes with the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("hawser-test-").FullName;

    public string File(string name, byte[] contents)
    {
        var path = System.IO.Path.Combine(Path, name);
        System.IO.File.WriteAllBytes(path, contents);
        return path;
    }

    public byte[] Read(string name) => System.IO.File.ReadAllBytes(System.IO.Path.Combine(Path, name));

    public string[] Names() => [.. Directory.GetFiles(Path).Select(System.IO.Path.GetFileName).Order(StringComparer.Ordinal)!];

    public string[] Partials() => Directory.GetFiles(System.IO.Path.Combine(Path, ".partial"));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
