#!/bin/bash
# A heterogeneous job: one part on two booted machines, one on three light ones, and one step
# across all of them.
#
#   sluice run -n demo -u ada -- sbatch < examples/two-queues.sh
#
#SBATCH --job-name=two-queues --output=two-queues.out
#SBATCH --partition=cpu --nodes=2 --ntasks-per-node=1
#SBATCH hetjob
#SBATCH --partition=burst --nodes=3 --ntasks-per-node=1

echo "$(id -un) on $(hostname), $((SLURM_JOB_NUM_NODES_HET_GROUP_0 + SLURM_JOB_NUM_NODES_HET_GROUP_1)) nodes in two queues"
srun --het-group=0,1 --label sh -c 'echo "rank $SLURM_PROCID of 5 on $(hostname)"' | sort
