namespace Hawser.Federation;

/// <summary>Does the same for each of many things. The shell may take several cores for it: nothing depends on the order.</summary>
internal interface IWorkers
{
    void Each(int count, Action<int> work);
}

/// <summary>One after the other.</summary>
internal sealed class OneWorker : IWorkers
{
    public static readonly OneWorker Instance = new();

    public void Each(int count, Action<int> work)
    {
        for (var i = 0; i < count; i++) work(i);
    }
}
