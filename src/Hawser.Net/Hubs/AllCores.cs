using Hawser.Federation;

namespace Hawser.Net.Hubs;

/// <summary>All cores of this machine, side by side.</summary>
internal sealed class AllCores : IWorkers
{
    private const int Few = 4; // not worth waking others for

    public static readonly AllCores Instance = new();

    public void Each(int count, Action<int> work)
    {
        if (count <= Few) OneWorker.Instance.Each(count, work);
        else Parallel.For(0, count, work);
    }
}
